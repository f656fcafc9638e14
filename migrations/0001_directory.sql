-- The directory: organizations, users with their seats, tokens, keys, and the outbox.
CREATE TABLE organizations (number INTEGER PRIMARY KEY);
