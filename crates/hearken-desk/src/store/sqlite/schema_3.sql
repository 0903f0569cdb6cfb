-- Service levels: when a ticket is to be looked at for its due time.

ALTER TABLE ticket ADD COLUMN alarm TEXT;                          -- warned or breached, while the person waits
ALTER TABLE ticket ADD COLUMN alarm_at INTEGER;                    -- when it is to be looked at next
ALTER TABLE ticket ADD COLUMN raised INTEGER NOT NULL DEFAULT 0;   -- so much of rank_at is owed to the breach

CREATE INDEX ticket_alarm_at ON ticket (tenant, alarm_at) WHERE alarm_at IS NOT NULL;
CREATE INDEX ticket_alarm ON ticket (tenant, alarm) WHERE alarm IS NOT NULL;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('ticket', 'ticket_alarm_at', '1000000 1000000 2'),
    ('ticket', 'ticket_alarm', '20000 20000 10000');
ANALYZE sqlite_schema;
