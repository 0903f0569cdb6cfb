-- What a desk goes by: the policies that were adopted, the last one in force.
CREATE TABLE policy (
    tenant BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    rules TEXT COLLATE "C" NOT NULL, -- JSON
    source TEXT COLLATE "C" NOT NULL, -- as people wrote it
    PRIMARY KEY (tenant, seq)
);

CREATE TRIGGER policy_stays BEFORE UPDATE ON policy FOR EACH ROW
    EXECUTE FUNCTION refuse('a policy that was adopted is not changed');
CREATE TRIGGER policy_is_kept BEFORE DELETE ON policy FOR EACH ROW
    EXECUTE FUNCTION refuse('a policy that was adopted is kept');

-- Which route gave a post its team.
ALTER TABLE post ADD COLUMN route TEXT COLLATE "C";
