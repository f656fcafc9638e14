-- Groups, who is in them, and what an organization asks of its passwords.

-- `slug` names the group in AppOptima's paths. A local group lives here alone; one of a directory server (`ldap`) is
-- found there by `auth_id`, its distinguished name, and may have another's name. The lists are JSON arrays of texts,
-- `access_right` is a JSON object of such arrays.
CREATE TABLE groups (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  auth_provider TEXT NOT NULL DEFAULT 'local' CHECK (auth_provider IN ('local', 'ldap')),
  auth_id TEXT,
  is_cluster_admin INTEGER NOT NULL DEFAULT 0,
  manages_account INTEGER NOT NULL DEFAULT 0,
  accesses_account INTEGER NOT NULL DEFAULT 0,
  ldap_names TEXT NOT NULL DEFAULT '[]',
  sso_names TEXT NOT NULL DEFAULT '[]',
  access_right TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (organization, slug)
);
CREATE INDEX groups_by_organization ON groups (organization, seq);
CREATE INDEX groups_by_name ON groups (organization, name);
CREATE UNIQUE INDEX groups_local_name ON groups (organization, name) WHERE auth_provider = 'local';

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

-- The groups that every new organization has, for those that are there already. The id is a random UUID of version 4.
INSERT INTO groups (id, organization, slug, name, is_cluster_admin, manages_account, accesses_account, created_at,
  updated_at)
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
    || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
  o.number, d.column1, d.column2, d.column3, d.column4, d.column4, o.created_at, o.created_at
FROM organizations o
CROSS JOIN (VALUES ('owners', 'Owners', 1, 1), ('admin', 'Admin', 1, 0), ('users', 'Users', 0, 0)) d
ORDER BY o.number;
