-- How far each mail of the outbox is. While a mail is neither sent nor given up it has `due_at`: when it is to be sent, or
-- sent again, or until when whoever sends it just now (`claim`) keeps it from others.
ALTER TABLE outbox ADD COLUMN state TEXT NOT NULL DEFAULT 'pending';
ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN due_at INTEGER DEFAULT 0;
ALTER TABLE outbox ADD COLUMN claim TEXT;
ALTER TABLE outbox ADD COLUMN last_error TEXT;
ALTER TABLE outbox ADD COLUMN sent_at INTEGER;
CREATE INDEX outbox_unsent ON outbox (organization, seq) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_claimed ON outbox (claim) WHERE claim IS NOT NULL;
