-- Times are milliseconds since 1970, labels one bit each (grief 1, frustration 2, advice 4, promotion 8). Every table of a desk begins
-- with its tenant, and every key and index with it; there is no reference to the tenant's row, which every writer would have to lock.
-- Texts are in the order of their bytes. fence.sql keeps tenants apart.

-- The numbers of a tenant's tickets and entries come from sequences of its own, tenant_ID_tickets and tenant_ID_entries.
CREATE TABLE tenant (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE ticket (
    tenant BIGINT NOT NULL,
    id BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C", -- who has it, put it off, answered or resolved it
    until BIGINT, -- when a lease or a snooze ends
    outcome TEXT COLLATE "C", -- of a resolved one
    part_of BIGINT, -- of a merged one: the ticket that it is part of
    platform TEXT COLLATE "C",
    author TEXT COLLATE "C",
    thread TEXT COLLATE "C",
    labels BIGINT NOT NULL,
    urgency DOUBLE PRECISION NOT NULL,
    lang TEXT COLLATE "C",
    team TEXT COLLATE "C",
    rank_at BIGINT NOT NULL,
    due_by BIGINT,
    unpinned BOOLEAN NOT NULL,
    posts BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    last_post_at BIGINT NOT NULL,
    waiting_since BIGINT,
    acknowledged_at BIGINT,
    since BIGINT NOT NULL,
    quiet_until BIGINT,
    entry BIGINT NOT NULL, -- What follows from the others, for the indexes.
    lane TEXT COLLATE "C", -- of a ready one: team, language and labels
    wakes_at BIGINT, -- when a lease, a snooze or a quiet period ends
    waits_from BIGINT, -- waiting_since, unless nobody waits for this ticket
    PRIMARY KEY (tenant, id)
);

-- Tickets change often, and what they were stands in the way of those who look for the first ones.
ALTER TABLE ticket SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- The order of turns: of the tickets that can be claimed, lane by lane, and of all.
CREATE INDEX ticket_ready ON ticket (tenant, lane, unpinned, rank_at, id) WHERE lane IS NOT NULL;
CREATE INDEX ticket_place ON ticket (tenant, unpinned, rank_at, id);
CREATE INDEX ticket_wakes ON ticket (tenant, wakes_at) WHERE wakes_at IS NOT NULL;
CREATE INDEX ticket_waits ON ticket (tenant, waits_from, id) WHERE waits_from IS NOT NULL;
CREATE INDEX ticket_holder ON ticket (tenant, holder) WHERE holder IS NOT NULL;
CREATE INDEX ticket_person ON ticket (tenant, author, platform, last_post_at, id) WHERE author IS NOT NULL;

CREATE TABLE lane (
    tenant BIGINT NOT NULL,
    lane TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, lane)
);

CREATE TABLE post (
    tenant BIGINT NOT NULL,
    platform TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    ticket BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    reposts BIGINT NOT NULL,
    gone BOOLEAN NOT NULL, -- taken back: all that the person wrote is empty
    author TEXT COLLATE "C",
    text TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    edited_at BIGINT,
    reply_to TEXT COLLATE "C",
    thread TEXT COLLATE "C",
    lang TEXT COLLATE "C",
    labels BIGINT NOT NULL,
    urgency DOUBLE PRECISION NOT NULL,
    rank_at BIGINT NOT NULL,
    due_by BIGINT,
    why TEXT COLLATE "C" NOT NULL, -- the terms of the head start: JSON
    team TEXT COLLATE "C",
    disposition TEXT COLLATE "C" NOT NULL,
    record TEXT COLLATE "C" NOT NULL, -- the annotation: JSON
    UNIQUE (tenant, platform, id),
    FOREIGN KEY (tenant, ticket) REFERENCES ticket
);

CREATE INDEX post_ticket ON post (tenant, ticket, created_at, platform, id);

CREATE TABLE reply (
    tenant BIGINT NOT NULL,
    platform TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    ticket BIGINT NOT NULL,
    of TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C",
    text TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    thanked_by TEXT COLLATE "C",
    UNIQUE (tenant, platform, id)
);

CREATE INDEX reply_ticket ON reply (tenant, ticket, created_at, platform, id);
CREATE INDEX reply_author ON reply (tenant, author, platform) WHERE author IS NOT NULL;
CREATE INDEX reply_kind ON reply (tenant, created_at, platform, id)
    WHERE thanked_by IS NULL AND kind IN ('concern', 'condolence');

CREATE TABLE entry (
    tenant BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    ticket BIGINT NOT NULL,
    at BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL,
    deed TEXT COLLATE "C" NOT NULL,
    from_state TEXT COLLATE "C", -- JSON
    to_state TEXT COLLATE "C" NOT NULL, -- JSON
    why TEXT COLLATE "C",
    other BIGINT,
    undoes BIGINT,
    before TEXT COLLATE "C", -- JSON
    PRIMARY KEY (tenant, seq)
);

CREATE INDEX entry_ticket ON entry (tenant, ticket, seq);
CREATE INDEX entry_by ON entry (tenant, by, seq) WHERE by <> 'desk';

-- The trail is only ever added to, whatever program opens the database.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry FOR EACH ROW EXECUTE FUNCTION refuse('the trail is not changed');
CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry FOR EACH ROW EXECUTE FUNCTION refuse('the trail is not shortened');
CREATE TRIGGER trail_is_kept BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION refuse('the trail is not shortened');

-- And no ticket gets a state that the trail doesn't know.
CREATE FUNCTION refuse_without_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM entry WHERE tenant = NEW.tenant AND ticket = NEW.id) THEN
        RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ticket_is_entered AFTER INSERT ON ticket FOR EACH ROW
    EXECUTE FUNCTION refuse_without_entry('a ticket needs an entry in the trail first');
CREATE TRIGGER ticket_change_is_entered BEFORE UPDATE OF state ON ticket FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND OLD.entry = NEW.entry)
    EXECUTE FUNCTION refuse('a change of state needs an entry in the trail first');

CREATE TABLE contact (
    tenant BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    platform TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL,
    grief BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, entry)
);

CREATE INDEX contact_person ON contact (tenant, author, platform, at);

CREATE TABLE workload (
    tenant BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    grief_in_a_row BIGINT NOT NULL,
    last_claim_at BIGINT,
    PRIMARY KEY (tenant, name)
);

CREATE TABLE saved_view (
    tenant BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    filter TEXT COLLATE "C" NOT NULL, -- JSON
    PRIMARY KEY (tenant, name)
);

CREATE TABLE sample (
    tenant BIGINT NOT NULL,
    platform TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL, -- days since 1970, UTC
    mark BIGINT NOT NULL,
    author TEXT COLLATE "C",
    post TEXT COLLATE "C" NOT NULL, -- JSON
    grief BOOLEAN, -- the verdict, with who gave it and when
    urgent BOOLEAN,
    judged_by TEXT COLLATE "C",
    judged_at BIGINT,
    UNIQUE (tenant, platform, id)
);

CREATE INDEX sample_day ON sample (tenant, day, mark);
CREATE INDEX sample_author ON sample (tenant, author, platform) WHERE author IS NOT NULL;

CREATE TABLE bar (
    tenant BIGINT NOT NULL,
    day BIGINT NOT NULL,
    bar BIGINT NOT NULL, -- marks from here on are not kept
    PRIMARY KEY (tenant, day)
);
