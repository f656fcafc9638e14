-- How many more times an organization may have a key verified; NULL: any number. It never is below zero, whoever takes from it.
ALTER TABLE keys ADD COLUMN remaining INTEGER CHECK (remaining >= 0);

-- Wrong secrets in a row. `digest` is of an account's name and the address that it was tried from, or of an address alone; while
-- `blocked_until` lies ahead, no further secret is tried there. After `expires_at` the row is worth nothing.
CREATE TABLE sign_in_failures (
  digest TEXT PRIMARY KEY,
  failures INTEGER NOT NULL CHECK (failures >= 0),
  blocked_until INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sign_in_failures_by_expiry ON sign_in_failures (expires_at);
