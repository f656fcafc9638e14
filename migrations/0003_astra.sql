-- What Astra keeps: role bindings, stored credentials, and the landscape.

-- What a user or the users of a group may do in Astra. A principal has one at the most. `constraints` is a JSON array of
-- texts.
CREATE TABLE role_bindings (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  user TEXT UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  group_id TEXT UNIQUE REFERENCES groups (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  constraints TEXT NOT NULL DEFAULT '["*"]',
  labels TEXT NOT NULL DEFAULT '[]',
  created_by TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK ((user IS NULL) <> (group_id IS NULL))
);
CREATE INDEX role_bindings_by_organization ON role_bindings (organization, seq);

-- A passwordHash names its `user`, whose password is in `users`; what any other holds is in `sealed`, under a key derived
-- from the pepper. `must_change`: the password opens nothing until another is set.
CREATE TABLE credentials (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization INTEGER NOT NULL REFERENCES organizations (number) ON DELETE CASCADE,
  user TEXT UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  key_type TEXT,
  sealed TEXT,
  must_change INTEGER NOT NULL DEFAULT 0,
  valid INTEGER NOT NULL DEFAULT 1,
  valid_from TEXT,
  valid_until TEXT,
  labels TEXT NOT NULL DEFAULT '[]',
  created_by TEXT NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX credentials_by_organization ON credentials (organization, seq);

-- The clouds, clusters and namespaces of an organization that was given others than every organization has: JSON.
CREATE TABLE landscapes (
  organization INTEGER PRIMARY KEY REFERENCES organizations (number) ON DELETE CASCADE,
  content TEXT NOT NULL
);

-- Whoever is an admin owns the account, and the other way round, whichever dialect says so; and whoever has a password has
-- a passwordHash. What is made here on a user's behalf has the user's id, which no other binding or credential has. Most
-- new users have neither, and so there is one trigger for both.
CREATE TRIGGER users_insert AFTER INSERT ON users WHEN NEW.role = 'admin' OR NEW.password IS NOT NULL
BEGIN
  INSERT INTO role_bindings (id, organization, user, role, created_at, updated_at)
  SELECT NEW.id, NEW.organization, NEW.id, 'owner', NEW.updated_at, NEW.updated_at WHERE NEW.role = 'admin';
  INSERT INTO credentials (id, organization, user, name, key_type, created_at, updated_at)
  SELECT NEW.id, NEW.organization, NEW.id, NEW.id, 'passwordHash', NEW.updated_at, NEW.updated_at
  WHERE NEW.password IS NOT NULL;
END;
CREATE TRIGGER users_become_admin AFTER UPDATE OF role ON users WHEN NEW.role = 'admin' AND OLD.role <> 'admin'
BEGIN
  INSERT INTO role_bindings (id, organization, user, role, created_at, updated_at)
  VALUES (NEW.id, NEW.organization, NEW.id, 'owner', NEW.updated_at, NEW.updated_at)
  ON CONFLICT (user) DO UPDATE SET role = 'owner', updated_at = excluded.updated_at WHERE role <> 'owner';
END;
CREATE TRIGGER users_leave_admin AFTER UPDATE OF role ON users WHEN OLD.role = 'admin' AND NEW.role <> 'admin'
BEGIN
  DELETE FROM role_bindings WHERE user = NEW.id AND role = 'owner';
END;
CREATE TRIGGER role_bindings_insert_owner AFTER INSERT ON role_bindings WHEN NEW.role = 'owner'
BEGIN
  UPDATE users SET role = 'admin' WHERE id = NEW.user AND role <> 'admin';
END;
CREATE TRIGGER role_bindings_update_owner AFTER UPDATE OF role ON role_bindings WHEN NEW.role <> OLD.role
BEGIN
  UPDATE users SET role = 'admin' WHERE id = NEW.user AND NEW.role = 'owner' AND role <> 'admin';
  UPDATE users SET role = 'member' WHERE id = NEW.user AND NEW.role <> 'owner' AND role = 'admin';
END;
CREATE TRIGGER role_bindings_delete_owner AFTER DELETE ON role_bindings WHEN OLD.role = 'owner'
BEGIN
  UPDATE users SET role = 'member' WHERE id = OLD.user AND role = 'admin';
END;

-- A password that is set is one to keep, unless the same batch says otherwise.
CREATE TRIGGER users_update_password AFTER UPDATE OF password ON users
WHEN NEW.password IS NOT NULL AND NEW.password IS NOT OLD.password
BEGIN
  INSERT INTO credentials (id, organization, user, name, key_type, created_at, updated_at)
  VALUES (NEW.id, NEW.organization, NEW.id, NEW.id, 'passwordHash', NEW.updated_at, NEW.updated_at)
  ON CONFLICT (user) DO UPDATE SET must_change = 0, updated_at = excluded.updated_at;
END;
