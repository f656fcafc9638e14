-- Groups, who is in them, and what an organization asks of its passwords.

-- `slug` names the group in AppOptima's paths. A local group lives here alone; one of a directory server (`ldap`) is
-- found there by `auth_id`, its distinguished name, and may have another's name; `auth_key` is that in lower case. The lists
-- are JSON arrays of texts, `access_right` is a JSON object of such arrays, `labels` an array of objects with a name and a
-- value.
CREATE TABLE groups (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  auth_provider TEXT NOT NULL DEFAULT 'local' CHECK (auth_provider IN ('local', 'ldap')),
  auth_id TEXT,
  auth_key TEXT,
  is_cluster_admin INTEGER NOT NULL DEFAULT 0,
  manages_account INTEGER NOT NULL DEFAULT 0,
  accesses_account INTEGER NOT NULL DEFAULT 0,
  ldap_names TEXT NOT NULL DEFAULT '[]',
  sso_names TEXT NOT NULL DEFAULT '[]',
  access_right TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  labels TEXT NOT NULL DEFAULT '[]',
  created_by TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  UNIQUE (organization, slug)
);
CREATE INDEX groups_by_organization ON groups (organization, seq);
CREATE INDEX groups_by_name ON groups (organization, name);
CREATE UNIQUE INDEX groups_local_name ON groups (organization, name) WHERE auth_provider = 'local';
CREATE UNIQUE INDEX groups_ldap_key ON groups (organization, auth_key) WHERE auth_provider = 'ldap';

-- `place` is where the group stands in the user's own list.
CREATE TABLE group_members (
  user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  PRIMARY KEY (user, group_id)
) WITHOUT ROWID;
CREATE INDEX group_members_by_group ON group_members (group_id);

-- An organization without a row has the policy of a new one.
CREATE TABLE password_policies (
  organization INTEGER PRIMARY KEY REFERENCES organizations (number) ON DELETE CASCADE,
  min_length INTEGER NOT NULL,
  min_uppercase INTEGER NOT NULL,
  min_lowercase INTEGER NOT NULL,
  min_digits INTEGER NOT NULL,
  min_marks INTEGER NOT NULL
);
