-- What is over is found by when it was.
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
-- A token may be given an end that is long past: then it is over since it was.
CREATE INDEX tokens_ended ON tokens (MAX(COALESCE(revoked_at, expires_at), COALESCE(updated_at, created_at)))
WHERE COALESCE(revoked_at, expires_at) IS NOT NULL;
CREATE INDEX outbox_done ON outbox (COALESCE(sent_at, created_at)) WHERE due_at IS NULL;
CREATE INDEX events_done ON events (COALESCE(delivered_at, created_at)) WHERE due_at IS NULL;
CREATE INDEX tasks_done ON tasks (completed_at) WHERE completed_at IS NOT NULL;

-- A session ends with the secret that opened it. A digest that is made anew under another pepper is of the same secret, and then
-- the key's version stays.
DROP TRIGGER keys_sessions;
CREATE TRIGGER keys_sessions AFTER UPDATE OF digest, revoked_at ON keys
WHEN (NEW.digest <> OLD.digest AND NEW.version <> OLD.version) OR NEW.revoked_at IS NOT OLD.revoked_at BEGIN
  DELETE FROM sessions WHERE key = NEW.id;
END;

-- The log of a deleted organization goes some time after it.
ALTER TABLE audit_heads ADD COLUMN ended_at INTEGER;
CREATE INDEX audit_heads_by_end ON audit_heads (ended_at) WHERE ended_at IS NOT NULL;
DROP TRIGGER audit_kept;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
DROP TRIGGER audit_seals_kept;
CREATE TRIGGER audit_seals_kept BEFORE DELETE ON audit_seals
WHEN EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
