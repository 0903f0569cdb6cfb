-- What a desk goes by: the policies that were adopted, the last one in force.
CREATE TABLE policy (
    tenant INTEGER NOT NULL REFERENCES tenant,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    digest TEXT NOT NULL,
    rules TEXT NOT NULL,     -- JSON
    source TEXT NOT NULL,    -- as people wrote it
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER policy_stays BEFORE UPDATE ON policy BEGIN SELECT RAISE(ABORT, 'a policy that was adopted is not changed'); END;
CREATE TRIGGER policy_is_kept BEFORE DELETE ON policy BEGIN SELECT RAISE(ABORT, 'a policy that was adopted is kept'); END;

-- Which route gave a post its team.
ALTER TABLE post ADD COLUMN route TEXT;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('policy', 'policy', '100 100 1');
ANALYZE sqlite_schema;
