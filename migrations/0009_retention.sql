-- What is over is found by when it was.
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX tokens_ended ON tokens (COALESCE(revoked_at, expires_at)) WHERE COALESCE(revoked_at, expires_at) IS NOT NULL;
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
