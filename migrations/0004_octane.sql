-- Sessions: who is signed in. `digest` is the HMAC of the cookie under the pepper.
CREATE TABLE sessions (
  digest TEXT PRIMARY KEY,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  user TEXT REFERENCES users (id) ON DELETE CASCADE,
  key TEXT REFERENCES keys (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,
  CHECK ((user IS NULL) <> (key IS NULL))
) WITHOUT ROWID;
CREATE INDEX sessions_by_organization ON sessions (organization, expires_at);
CREATE INDEX sessions_by_user ON sessions (user);
CREATE INDEX sessions_by_key ON sessions (key);

-- A session ends with the secret that opened it, whoever changes that.
CREATE TRIGGER keys_sessions AFTER UPDATE OF digest, revoked_at ON keys
WHEN NEW.digest <> OLD.digest OR NEW.revoked_at IS NOT OLD.revoked_at BEGIN
  DELETE FROM sessions WHERE key = NEW.id;
END;
CREATE TRIGGER users_sessions AFTER UPDATE OF password ON users
WHEN NEW.password IS NOT OLD.password BEGIN
  DELETE FROM sessions WHERE user = NEW.id;
END;
