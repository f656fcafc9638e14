-- Where results are stored, what webhooks are told, and what ricloud keeps of organizations, keys and users.

-- Nothing here reaches a bucket, so that credentials are not kept: only for which type of bucket they have the form.
CREATE TABLE storage_configs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  url TEXT NOT NULL,
  fits_gs INTEGER NOT NULL,
  fits_s3 INTEGER NOT NULL,
  signed_urls INTEGER NOT NULL,
  signed_urls_expiry INTEGER,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX storage_configs_by_organization ON storage_configs (organization, seq);

-- `secret` is sealed under a key derived from the pepper. `test` is the event of the newest test, which alone decides
-- about the state.
CREATE TABLE webhook_configs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  state TEXT NOT NULL,
  test TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX webhook_configs_by_organization ON webhook_configs (organization, seq);

-- An organization without a row has neither options nor defaults.
CREATE TABLE organization_options (
  organization INTEGER PRIMARY KEY REFERENCES organizations (number) ON DELETE CASCADE,
  publish_source_files INTEGER,
  storage_config INTEGER REFERENCES storage_configs (seq) ON DELETE SET NULL,
  webhook_config INTEGER REFERENCES webhook_configs (seq) ON DELETE SET NULL
);
CREATE INDEX organization_options_by_storage ON organization_options (storage_config) WHERE storage_config IS NOT NULL;
CREATE INDEX organization_options_by_webhook ON organization_options (webhook_config) WHERE webhook_config IS NOT NULL;

-- Likewise for a key, whose configs stand before the organization's.
CREATE TABLE key_settings (
  key TEXT PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
  publish_source_files INTEGER,
  storage_config INTEGER REFERENCES storage_configs (seq) ON DELETE SET NULL,
  webhook_config INTEGER REFERENCES webhook_configs (seq) ON DELETE SET NULL,
  deactivated_at INTEGER
) WITHOUT ROWID;
CREATE INDEX key_settings_by_storage ON key_settings (storage_config) WHERE storage_config IS NOT NULL;
CREATE INDEX key_settings_by_webhook ON key_settings (webhook_config) WHERE webhook_config IS NOT NULL;

-- A user without a row is active, and the organization's first key's. `key` is a key's `seq`.
CREATE TABLE user_settings (
  user TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  key INTEGER NOT NULL REFERENCES keys (seq) ON DELETE CASCADE,
  state TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX user_settings_by_key ON user_settings (key);

-- Permissions. Those without scopes are the organization's own: its setting `permission_scopes`.
CREATE TABLE permissions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  identifier TEXT NOT NULL,
  scopes TEXT,
  created_at INTEGER NOT NULL
);
CREATE INDEX permissions_by_organization ON permissions (organization, seq);
CREATE UNIQUE INDEX permissions_base ON permissions (organization) WHERE scopes IS NULL;

-- What takes a while. `target` is the `seq` of what it is about, `key` that of the key which asked for it.
CREATE TABLE tasks (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  key INTEGER NOT NULL,
  type TEXT NOT NULL,
  target INTEGER NOT NULL,
  state TEXT NOT NULL,
  error TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  completed_at INTEGER
);
CREATE INDEX tasks_by_organization ON tasks (organization, seq);

-- What webhooks are told. `data` is the subject as it was then, a JSON object. While an event waits for its next attempt
-- it has `due_at`; `claim` is that of whoever makes the attempt, until then.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  type TEXT NOT NULL,
  action TEXT NOT NULL,
  data TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  webhook_config INTEGER NOT NULL,
  task TEXT,
  due_at INTEGER,
  claim TEXT,
  created_at INTEGER NOT NULL,
  delivered_at INTEGER
);
CREATE INDEX events_by_organization ON events (organization, seq);
CREATE INDEX events_by_config ON events (webhook_config) WHERE due_at IS NOT NULL;
CREATE INDEX events_due ON events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX events_claimed ON events (claim) WHERE claim IS NOT NULL;

-- How each attempt at an event went: the status it was answered with, or why there was none (`error` is a word, `detail`
-- may say more).
CREATE TABLE event_attempts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  event TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  status INTEGER,
  error TEXT,
  detail TEXT
);
CREATE INDEX event_attempts_by_event ON event_attempts (event, seq);
