-- What people say that should have been heard.

CREATE TABLE correction (
    tenant BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    platform TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    by TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    model TEXT COLLATE "C" NOT NULL, -- what had judged the post
    grief BOOLEAN, -- or nothing where nobody said so; the others likewise
    frustration BOOLEAN,
    advice_seeking BOOLEAN,
    advice_giving BOOLEAN,
    promotion BOOLEAN,
    urgency BIGINT, -- 0 to 3
    urgent BOOLEAN,
    PRIMARY KEY (tenant, entry)
);

CREATE INDEX correction_post ON correction (tenant, platform, id, entry);
