-- Times are milliseconds since 1970, labels one bit each (grief 1, frustration 2, advice 4, promotion 8). Every table of a desk begins
-- with its tenant, and every key and index with it.

CREATE TABLE tenant (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    last_ticket INTEGER NOT NULL,
    last_entry INTEGER NOT NULL
) STRICT;

CREATE TABLE ticket (
    tenant INTEGER NOT NULL REFERENCES tenant,
    id INTEGER NOT NULL,
    state TEXT NOT NULL,
    holder TEXT,             -- who has it, put it off, answered or resolved it
    until INTEGER,           -- when a lease or a snooze ends
    outcome TEXT,            -- of a resolved one
    part_of INTEGER,         -- of a merged one: the ticket that it is part of
    platform TEXT,
    author TEXT,
    thread TEXT,
    labels INTEGER NOT NULL,
    urgency REAL NOT NULL,
    lang TEXT,
    team TEXT,
    rank_at INTEGER NOT NULL,
    due_by INTEGER,
    unpinned INTEGER NOT NULL,
    posts INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    last_post_at INTEGER NOT NULL,
    waiting_since INTEGER,
    acknowledged_at INTEGER,
    since INTEGER NOT NULL,
    quiet_until INTEGER,
    entry INTEGER NOT NULL,
    -- What follows from the others, for the indexes.
    lane TEXT,               -- of a ready one: team, language and labels
    wakes_at INTEGER,        -- when a lease, a snooze or a quiet period ends
    waits_from INTEGER,      -- waiting_since, unless nobody waits for this ticket
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- The order of turns: of the tickets that can be claimed, lane by lane, and of all.
CREATE INDEX ticket_ready ON ticket (tenant, lane, unpinned, rank_at, id) WHERE lane IS NOT NULL;
CREATE INDEX ticket_place ON ticket (tenant, unpinned, rank_at, id);
CREATE INDEX ticket_wakes ON ticket (tenant, wakes_at) WHERE wakes_at IS NOT NULL;
CREATE INDEX ticket_waits ON ticket (tenant, waits_from, id) WHERE waits_from IS NOT NULL;
CREATE INDEX ticket_holder ON ticket (tenant, holder) WHERE holder IS NOT NULL;
CREATE INDEX ticket_person ON ticket (tenant, author, platform, last_post_at, id) WHERE author IS NOT NULL;

CREATE TABLE lane (
    tenant INTEGER NOT NULL REFERENCES tenant,
    lane TEXT NOT NULL,
    PRIMARY KEY (tenant, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE post (
    tenant INTEGER NOT NULL REFERENCES tenant,
    platform TEXT NOT NULL,
    id TEXT NOT NULL,
    ticket INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    reposts INTEGER NOT NULL,
    gone INTEGER NOT NULL,   -- taken back: all that the person wrote is empty
    author TEXT,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    reply_to TEXT,
    thread TEXT,
    lang TEXT,
    labels INTEGER NOT NULL,
    urgency REAL NOT NULL,
    rank_at INTEGER NOT NULL,
    due_by INTEGER,
    why TEXT NOT NULL,       -- the terms of the head start: JSON
    team TEXT,
    disposition TEXT NOT NULL,
    record TEXT NOT NULL,    -- the annotation: JSON
    UNIQUE (tenant, platform, id),
    FOREIGN KEY (tenant, ticket) REFERENCES ticket
) STRICT;

CREATE INDEX post_ticket ON post (tenant, ticket, created_at, platform, id);

CREATE TABLE reply (
    tenant INTEGER NOT NULL REFERENCES tenant,
    platform TEXT NOT NULL,
    id TEXT NOT NULL,
    ticket INTEGER NOT NULL,
    of TEXT NOT NULL,
    author TEXT,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    thanked_by TEXT,
    UNIQUE (tenant, platform, id)
) STRICT;

CREATE INDEX reply_ticket ON reply (tenant, ticket, created_at, platform, id);
CREATE INDEX reply_author ON reply (tenant, author, platform) WHERE author IS NOT NULL;
CREATE INDEX reply_kind ON reply (tenant, created_at, platform, id)
    WHERE thanked_by IS NULL AND kind IN ('concern', 'condolence');

CREATE TABLE entry (
    tenant INTEGER NOT NULL REFERENCES tenant,
    seq INTEGER NOT NULL,
    ticket INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    deed TEXT NOT NULL,
    from_state TEXT,         -- JSON
    to_state TEXT NOT NULL,  -- JSON
    why TEXT,
    other INTEGER,
    undoes INTEGER,
    before TEXT,             -- JSON
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_ticket ON entry (tenant, ticket, seq);
CREATE INDEX entry_by ON entry (tenant, by, seq) WHERE by <> 'desk';

-- The trail is only ever added to, whatever program opens the file.
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the trail is not changed'); END;
CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the trail is not shortened'); END;

-- And no ticket gets a state that the trail doesn't know.
CREATE TRIGGER ticket_is_entered BEFORE INSERT ON ticket
    WHEN NOT EXISTS (SELECT 1 FROM entry WHERE tenant = NEW.tenant AND ticket = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a ticket needs an entry in the trail first'); END;
CREATE TRIGGER ticket_change_is_entered BEFORE UPDATE OF state ON ticket
    WHEN OLD.state <> NEW.state AND OLD.entry = NEW.entry
BEGIN SELECT RAISE(ABORT, 'a change of state needs an entry in the trail first'); END;

CREATE TABLE contact (
    tenant INTEGER NOT NULL REFERENCES tenant,
    entry INTEGER NOT NULL,
    platform TEXT NOT NULL,
    author TEXT NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    grief INTEGER NOT NULL,
    PRIMARY KEY (tenant, entry)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_person ON contact (tenant, author, platform, at);

CREATE TABLE workload (
    tenant INTEGER NOT NULL REFERENCES tenant,
    name TEXT NOT NULL,
    grief_in_a_row INTEGER NOT NULL,
    last_claim_at INTEGER,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_view (
    tenant INTEGER NOT NULL REFERENCES tenant,
    name TEXT NOT NULL,
    filter TEXT NOT NULL,    -- JSON
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sample (
    tenant INTEGER NOT NULL REFERENCES tenant,
    platform TEXT NOT NULL,
    id TEXT NOT NULL,
    day INTEGER NOT NULL,    -- days since 1970, UTC
    mark INTEGER NOT NULL,
    author TEXT,
    post TEXT NOT NULL,      -- JSON
    grief INTEGER,           -- the verdict, with who gave it and when
    urgent INTEGER,
    judged_by TEXT,
    judged_at INTEGER,
    UNIQUE (tenant, platform, id)
) STRICT;

CREATE INDEX sample_day ON sample (tenant, day, mark);
CREATE INDEX sample_author ON sample (tenant, author, platform) WHERE author IS NOT NULL;

CREATE TABLE bar (
    tenant INTEGER NOT NULL REFERENCES tenant,
    day INTEGER NOT NULL,
    bar INTEGER NOT NULL,    -- marks from here on are not kept
    PRIMARY KEY (tenant, day)
) STRICT, WITHOUT ROWID;

-- How many rows a large desk has, and how many share the first columns of each index: without that SQLite takes a tenant for a good
-- key, and looks through all its rows. Written down rather than measured, so that a plan never changes with the data.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('ticket', 'ticket', '1000000 1000000 1'),
    ('ticket', 'ticket_ready', '1000000 1000000 20000 20000 2 1'),
    ('ticket', 'ticket_place', '1000000 1000000 1000000 2 1'),
    ('ticket', 'ticket_wakes', '1000 1000 2'),
    ('ticket', 'ticket_waits', '1000000 1000000 2 1'),
    ('ticket', 'ticket_holder', '100000 100000 5000'),
    ('ticket', 'ticket_person', '1000000 1000000 2 2 1 1'),
    ('post', 'sqlite_autoindex_post_1', '1000000 1000000 500000 1'),
    ('post', 'post_ticket', '1000000 1000000 2 1 1 1'),
    ('entry', 'entry', '3000000 3000000 1'),
    ('entry', 'entry_ticket', '3000000 3000000 3 1'),
    ('entry', 'entry_by', '300000 300000 10000 1'),
    ('contact', 'contact', '100000 100000 1'),
    ('contact', 'contact_person', '100000 100000 2 2 1'),
    ('reply', 'sqlite_autoindex_reply_1', '1000000 1000000 500000 1'),
    ('reply', 'reply_ticket', '1000000 1000000 5 1 1 1'),
    ('reply', 'reply_author', '1000000 1000000 2 2'),
    ('reply', 'reply_kind', '100000 100000 1 1 1'),
    ('sample', 'sqlite_autoindex_sample_1', '50000 50000 25000 1'),
    ('sample', 'sample_day', '50000 50000 500 1'),
    ('sample', 'sample_author', '50000 50000 2 2');
ANALYZE sqlite_schema;
