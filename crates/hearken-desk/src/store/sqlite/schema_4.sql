-- What is told to others: the outbox, and how much of what came in.

CREATE TABLE message (
    tenant INTEGER NOT NULL REFERENCES tenant,
    id TEXT NOT NULL,
    hook TEXT NOT NULL,
    event TEXT NOT NULL,
    entry INTEGER NOT NULL,  -- the entry that says so; of a spike the last one before
    ticket INTEGER,
    spike TEXT,              -- JSON
    made_at INTEGER NOT NULL,
    next_try_at INTEGER,     -- none: put aside. While it is under way: when its deliverer is given up on
    under_way INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    last_error TEXT,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_hook ON message (tenant, hook, entry, id);
CREATE INDEX message_due ON message (tenant, hook, next_try_at, entry, id) WHERE next_try_at IS NOT NULL;

CREATE TABLE channel (
    tenant INTEGER NOT NULL REFERENCES tenant,
    hook TEXT NOT NULL,
    delivered INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    delivered_at INTEGER,
    closed_at INTEGER,       -- since when its receiver wants no more
    PRIMARY KEY (tenant, hook)
) STRICT, WITHOUT ROWID;

CREATE TABLE opened (
    tenant INTEGER NOT NULL REFERENCES tenant,
    label TEXT NOT NULL,     -- 'all' for all together
    bucket INTEGER NOT NULL, -- ten minutes: their number since 1970
    tickets INTEGER NOT NULL,
    PRIMARY KEY (tenant, label, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE spike (
    tenant INTEGER NOT NULL REFERENCES tenant,
    label TEXT NOT NULL,     -- likewise
    at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    tickets INTEGER NOT NULL,
    expected REAL NOT NULL,
    PRIMARY KEY (tenant, label, at)
) STRICT, WITHOUT ROWID;

-- See the end of the first step.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('message', 'message', '20000 20000 1'),
    ('message', 'message_hook', '20000 20000 5000 2 1'),
    ('message', 'message_due', '20000 20000 5000 2 2 1'),
    ('channel', 'channel', '4 4 1'),
    ('opened', 'opened', '10000 10000 2000 1'),
    ('spike', 'spike', '1000 1000 200 1');
ANALYZE sqlite_schema;
