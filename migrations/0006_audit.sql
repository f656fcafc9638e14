-- The audit log: who changed what, and what it was before and after. `seq` counts within the organization from 1, with no gap;
-- `organization` is its UUID and refers to no row, for the log outlives it. `before` and `after` are JSON objects without
-- secrets. See docs/adr/0008-audit.md.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  organization TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  actor_name TEXT,
  address TEXT,
  agent TEXT,
  target_kind TEXT NOT NULL,
  target_id TEXT,
  before TEXT,
  after TEXT
);
CREATE UNIQUE INDEX audit_by_organization ON audit (organization, seq);

-- How many entries an organization's log has, up to which they are sealed, the hash of that entry, and by what these three are
-- known to be ours.
CREATE TABLE audit_heads (
  organization TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  sealed INTEGER NOT NULL DEFAULT 0,
  hash TEXT NOT NULL DEFAULT '',
  proof TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TRIGGER audit_counted AFTER INSERT ON audit BEGIN
  INSERT INTO audit_heads (organization, count) VALUES (NEW.organization, 1)
  ON CONFLICT (organization) DO UPDATE SET count = count + 1;
END;

-- The hashes of the entries from `first` to `last`, 43 characters each, one behind the other.
CREATE TABLE audit_seals (
  organization TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  hashes TEXT NOT NULL,
  PRIMARY KEY (organization, last)
);

CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_seals_kept BEFORE DELETE ON audit_seals BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_seals_unchanged BEFORE UPDATE ON audit_seals BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- What a batch notes for its own end: how its subject was, and how many rows had been changed by then. One row.
CREATE TABLE audit_note (
  slot INTEGER PRIMARY KEY,
  before TEXT,
  changes INTEGER NOT NULL
);
INSERT INTO audit_note (slot, before, changes) VALUES (0, NULL, 0);

-- Calls that were made under an Idempotency-Key. `digest` is of the key, the caller and the operation, `request` of the body;
-- `answer` is sealed under a key derived from the pepper, and absent while the call is being answered.
CREATE TABLE idempotency_keys (
  digest TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  answer TEXT,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
