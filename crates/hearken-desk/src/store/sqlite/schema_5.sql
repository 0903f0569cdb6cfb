-- What people say that should have been heard.

CREATE TABLE correction (
    tenant INTEGER NOT NULL REFERENCES tenant,
    entry INTEGER NOT NULL,
    platform TEXT NOT NULL,
    id TEXT NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    model TEXT NOT NULL,     -- what had judged the post
    grief INTEGER,           -- 1 or 0, or nothing where nobody said so; the others likewise
    frustration INTEGER,
    advice_seeking INTEGER,
    advice_giving INTEGER,
    promotion INTEGER,
    urgency INTEGER,         -- 0 to 3
    urgent INTEGER,
    PRIMARY KEY (tenant, entry)
) STRICT, WITHOUT ROWID;

CREATE INDEX correction_post ON correction (tenant, platform, id, entry);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('correction', 'correction', '10000 10000 1'),
    ('correction', 'correction_post', '10000 10000 5000 2 1');
ANALYZE sqlite_schema;
