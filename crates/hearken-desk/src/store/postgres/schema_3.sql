-- Service levels: when a ticket is to be looked at for its due time.

ALTER TABLE ticket ADD COLUMN alarm TEXT COLLATE "C"; -- warned or breached, while the person waits
ALTER TABLE ticket ADD COLUMN alarm_at BIGINT; -- when it is to be looked at next
ALTER TABLE ticket ADD COLUMN raised BIGINT NOT NULL DEFAULT 0; -- so much of rank_at is owed to the breach

CREATE INDEX ticket_alarm_at ON ticket (tenant, alarm_at) WHERE alarm_at IS NOT NULL;
CREATE INDEX ticket_alarm ON ticket (tenant, alarm) WHERE alarm IS NOT NULL;
