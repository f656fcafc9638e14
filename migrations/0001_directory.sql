-- The directory: organizations, their users with seats and tokens, their keys, and the outbox.
-- Times are milliseconds since 1970, UTC. `seq` is the order of creation, by which lists page; users, of whom there may
-- be many, are listed by their number.

-- The last number given to an organization. A number is never given twice.
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('organization', 1000);

CREATE TABLE organizations (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  seats INTEGER NOT NULL CHECK (seats >= 0),
  type TEXT NOT NULL,
  state TEXT,
  identity_mode TEXT NOT NULL,
  set_password_via_api INTEGER NOT NULL,
  subscription_expires_at INTEGER,
  api_version TEXT NOT NULL,
  permission_scopes TEXT NOT NULL,
  permissions_resource TEXT NOT NULL,
  language TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);

-- The last number given to a key of an organization, and the last of its users who are gone. The first key is 1001, the
-- organization's own; 1002 is held back. A number is never given twice, and one of a change that was refused is not given.
CREATE TABLE numbers (
  organization INTEGER PRIMARY KEY REFERENCES organizations (number) ON DELETE CASCADE,
  key INTEGER NOT NULL DEFAULT 1000,
  user INTEGER NOT NULL DEFAULT 1000
);
CREATE TRIGGER organizations_numbered AFTER INSERT ON organizations BEGIN
  INSERT INTO numbers (organization) VALUES (NEW.number);
END;

-- `number` counts within the organization, in the order in which its users joined. `email_key` is the address with its
-- ASCII letters in lower case. A seat is held from `seated_at`. `labels` is a JSON array of objects with a name and a
-- value, `address` a JSON object of texts. `created_by` is a user's id, or the nil UUID for a key. `enabled_at` is when a
-- user was last turned on, where that was after its making.
CREATE TABLE users (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  email TEXT,
  email_key TEXT,
  login TEXT NOT NULL,
  first_name TEXT,
  last_name TEXT,
  role TEXT NOT NULL,
  password TEXT,
  seated_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  auth_provider TEXT NOT NULL DEFAULT 'local',
  auth_id TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'active',
  enabled INTEGER NOT NULL DEFAULT 1,
  enabled_at INTEGER,
  invite_accepted INTEGER NOT NULL DEFAULT 1,
  welcome INTEGER NOT NULL DEFAULT 0,
  company TEXT NOT NULL DEFAULT '',
  phone TEXT,
  address TEXT NOT NULL DEFAULT '{}',
  labels TEXT NOT NULL DEFAULT '[]',
  created_by TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  UNIQUE (organization, number),
  UNIQUE (email_key, organization),
  UNIQUE (organization, login)
);
CREATE INDEX users_seated ON users (organization, number) WHERE seated_at IS NOT NULL;
CREATE INDEX users_admin ON users (organization) WHERE role = 'admin';

-- Whoever makes a user gives it the number after the last, so that only those who leave need a note.
CREATE TRIGGER users_leave AFTER DELETE ON users BEGIN
  UPDATE numbers SET user = OLD.number WHERE organization = OLD.organization AND user < OLD.number;
END;

-- A user's secrets. `digest` is the HMAC of the secret under the pepper.
CREATE TABLE tokens (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT,
  digest TEXT NOT NULL UNIQUE,
  expires_at INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  labels TEXT NOT NULL DEFAULT '[]',
  created_by TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
);
CREATE INDEX tokens_by_user ON tokens (user, seq);

-- An organization's own secrets. Between a rotation and `previous_until` the secret before opens the key as well.
-- `client_id` is an access key's, `workspace_roles` the ids of Octane's workspace roles that it holds, with spaces between.
-- The digest of an access key binds its client id, for two keys may have the same secret; one with no secret has its own
-- id there, which is no secret's digest. `version` counts the changes that its holders can see.
CREATE TABLE keys (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  previous_digest TEXT UNIQUE,
  previous_until INTEGER,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  number INTEGER,
  client_id TEXT UNIQUE,
  workspace_roles TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1,
  UNIQUE (organization, number)
);
CREATE INDEX keys_by_organization ON keys (organization, kind, seq);
CREATE TRIGGER keys_numbered AFTER INSERT ON keys BEGIN
  UPDATE numbers SET key = key + 1 + (key = 1001) WHERE organization = NEW.organization;
  UPDATE keys SET number = (SELECT n.key FROM numbers n WHERE n.organization = NEW.organization) WHERE seq = NEW.seq;
END;

-- What is to be sent. `sealed` holds what only the receiver may read, under a key derived from the pepper.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  recipient TEXT NOT NULL,
  template TEXT NOT NULL,
  content TEXT NOT NULL,
  sealed TEXT,
  created_at INTEGER NOT NULL
);
CREATE INDEX outbox_by_organization ON outbox (organization, seq);
