-- The directory: organizations, their users with seats and tokens, their keys, and the outbox.
-- Times are milliseconds since 1970, UTC. `seq` is the order of creation, by which lists page.

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
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);

-- `email_key` is the address with its ASCII letters in lower case. A seat is held from `seated_at`.
CREATE TABLE users (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
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
  UNIQUE (email_key, organization),
  UNIQUE (organization, login)
);
CREATE INDEX users_by_organization ON users (organization, seq);
CREATE INDEX users_seated ON users (organization, seq) WHERE seated_at IS NOT NULL;
CREATE INDEX users_admin ON users (organization) WHERE role = 'admin';

-- A user's secrets. `digest` is the HMAC of the secret under the pepper.
CREATE TABLE tokens (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT,
  digest TEXT NOT NULL UNIQUE,
  expires_at INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL
);
CREATE INDEX tokens_by_user ON tokens (user, seq);

-- An organization's own secrets. Between a rotation and `previous_until` the secret before opens the key as well.
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
  created_at INTEGER NOT NULL
);
CREATE INDEX keys_by_organization ON keys (organization, kind, seq);

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
