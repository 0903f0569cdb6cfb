-- What is told to others: the outbox, and how much of what came in.

CREATE TABLE message (
    tenant BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    hook TEXT COLLATE "C" NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    entry BIGINT NOT NULL, -- the entry that says so; of a spike the last one before
    ticket BIGINT,
    spike TEXT COLLATE "C", -- JSON
    made_at BIGINT NOT NULL,
    next_try_at BIGINT, -- none: put aside. While it is under way: when its deliverer is given up on
    under_way BOOLEAN NOT NULL,
    tries BIGINT NOT NULL,
    last_error TEXT COLLATE "C",
    PRIMARY KEY (tenant, id)
);

CREATE INDEX message_hook ON message (tenant, hook, entry, id);
CREATE INDEX message_due ON message (tenant, hook, next_try_at, entry, id) WHERE next_try_at IS NOT NULL;

CREATE TABLE channel (
    tenant BIGINT NOT NULL,
    hook TEXT COLLATE "C" NOT NULL,
    delivered BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    delivered_at BIGINT,
    closed_at BIGINT, -- since when its receiver wants no more
    PRIMARY KEY (tenant, hook)
);

CREATE TABLE opened (
    tenant BIGINT NOT NULL,
    label TEXT COLLATE "C" NOT NULL, -- 'all' for all together
    bucket BIGINT NOT NULL, -- ten minutes: their number since 1970
    tickets BIGINT NOT NULL,
    PRIMARY KEY (tenant, label, bucket)
);

CREATE TABLE spike (
    tenant BIGINT NOT NULL,
    label TEXT COLLATE "C" NOT NULL, -- likewise
    at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    tickets BIGINT NOT NULL,
    expected DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (tenant, label, at)
);
