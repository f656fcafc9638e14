-- What OpenText ALM Octane asks of the directory: numbers that count within one organization, access keys whose secret
-- their maker chose, and sessions.

-- The last number given to a key and to a user of an organization. The first key is 1001, the organization's own; 1002 is
-- held back. A number is never given twice, and one of a change that was refused is not given.
CREATE TABLE numbers (
  organization INTEGER PRIMARY KEY REFERENCES organizations (number) ON DELETE CASCADE,
  key INTEGER NOT NULL DEFAULT 1000,
  user INTEGER NOT NULL DEFAULT 1000
);

-- `client_id` is an access key's, `workspace_roles` the ids of Octane's workspace roles that it holds, with spaces between.
-- The digest of an access key binds its client id, for two keys may have the same secret; one with no secret has its own
-- id there, which is no secret's digest. `version` counts the changes that its holders can see.
ALTER TABLE keys ADD COLUMN number INTEGER;
ALTER TABLE keys ADD COLUMN client_id TEXT;
ALTER TABLE keys ADD COLUMN workspace_roles TEXT NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE keys ADD COLUMN updated_at INTEGER;
ALTER TABLE users ADD COLUMN number INTEGER;

UPDATE keys SET number = n.number
FROM (SELECT seq, 1000 + ROW_NUMBER() OVER k + (ROW_NUMBER() OVER k > 1) AS number FROM keys
  WINDOW k AS (PARTITION BY organization ORDER BY seq)) n
WHERE n.seq = keys.seq;
UPDATE users SET number = n.number
FROM (SELECT seq, 1000 + ROW_NUMBER() OVER (PARTITION BY organization ORDER BY seq) AS number FROM users) n
WHERE n.seq = users.seq;
INSERT INTO numbers (organization, key, user)
SELECT o.number, COALESCE((SELECT MAX(k.number) FROM keys k WHERE k.organization = o.number), 1000),
  COALESCE((SELECT MAX(u.number) FROM users u WHERE u.organization = o.number), 1000)
FROM organizations o;

CREATE UNIQUE INDEX keys_by_number ON keys (organization, number);
CREATE UNIQUE INDEX keys_by_client_id ON keys (client_id);
CREATE UNIQUE INDEX users_by_number ON users (organization, number);

-- Numbers are given here, so that every way in which a key or a user is made gives one.
CREATE TRIGGER organizations_numbered AFTER INSERT ON organizations BEGIN
  INSERT INTO numbers (organization) VALUES (NEW.number);
END;
CREATE TRIGGER keys_numbered AFTER INSERT ON keys BEGIN
  UPDATE numbers SET key = key + 1 + (key = 1001) WHERE organization = NEW.organization;
  UPDATE keys SET number = (SELECT n.key FROM numbers n WHERE n.organization = NEW.organization) WHERE seq = NEW.seq;
END;
CREATE TRIGGER users_numbered AFTER INSERT ON users BEGIN
  UPDATE numbers SET user = user + 1 WHERE organization = NEW.organization;
  UPDATE users SET number = (SELECT n.user FROM numbers n WHERE n.organization = NEW.organization) WHERE seq = NEW.seq;
END;

-- Who is signed in. `digest` is the HMAC of the cookie under the pepper.
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
