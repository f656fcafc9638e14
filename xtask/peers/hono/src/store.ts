import type { NewUser } from "./validate";

/** A key, as far as it decides about a call. */
export interface Key {
  id: string;
  kind: string;
  name: string;
  scopes: string;
  expires_at: number | null;
  revoked_at: number | null;
  is_deactivated: number;
  organization_id: string;
}

/** A user, as it is stored. */
export interface UserRow {
  id: string;
  email: string | null;
  login: string;
  first_name: string | null;
  last_name: string | null;
  role: string;
  seated_at: number | null;
  created_at: number;
  updated_at: number;
}

const written = (milliseconds: number) => new Date(milliseconds).toISOString().replace(".000Z", "Z");

/** A user, as every answer shows it. */
export function readUser(row: UserRow) {
  return {
    id: row.id,
    email: row.email,
    login: row.login,
    first_name: row.first_name,
    last_name: row.last_name,
    role: row.role,
    seated_at: row.seated_at === null ? null : written(row.seated_at),
    created_at: written(row.created_at),
    updated_at: written(row.updated_at),
  };
}

// the secret before the last rotation opens a key until its grace is over
const BY_DIGEST = `k.seq = COALESCE((SELECT seq FROM keys WHERE digest = ?1),
  (SELECT seq FROM keys WHERE previous_digest = ?1 AND previous_until > ?2))`;
const IS_DEACTIVATED = "EXISTS (SELECT 1 FROM key_settings off WHERE off.key = k.id AND off.deactivated_at IS NOT NULL)";
const IS_LIVE = `k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?2) AND NOT ${IS_DEACTIVATED}`;

export function selectKey(db: D1Database, hashed: string, now: number): D1PreparedStatement {
  return db
    .prepare(
      `SELECT k.id, k.kind, k.name, k.scopes, k.expires_at, k.revoked_at, ${IS_DEACTIVATED} AS is_deactivated,
       o.id AS organization_id FROM keys k JOIN organizations o ON o.number = k.organization WHERE ${BY_DIGEST}`,
    )
    .bind(hashed, now);
}

const USER = "id, email, login, first_name, last_name, role, seated_at, created_at, updated_at";

export function selectUser(db: D1Database, organization: string, user: string): D1PreparedStatement {
  return db
    .prepare(
      `SELECT ${USER} FROM users WHERE id = ?2 AND organization = (SELECT number FROM organizations WHERE id = ?1)`,
    )
    .bind(organization, user);
}

const USE_INTERVAL = 60_000;
const uses = new Map<string, number>();

/** Whether it is a minute since a use of this key was noted. */
export const isUseDue = (hashed: string, now: number) => now - (uses.get(hashed) ?? -Infinity) >= USE_INTERVAL;

export function noteUseOf(hashed: string, now: number) {
  if (uses.size >= 4096) uses.clear();
  uses.set(hashed, now);
}

export function noteUse(db: D1Database, hashed: string, now: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE keys AS k SET last_used_at = ?2 WHERE ${BY_DIGEST} AND ${IS_LIVE}
       AND (k.last_used_at IS NULL OR k.last_used_at <= ?2 - ${USE_INTERVAL})`,
    )
    .bind(hashed, now);
}

interface Creation {
  hashed: string;
  now: number;
  organization: string;
  scopes: string[];
  user: NewUser;
  password: string | null;
  id: string;
}

interface Origin {
  requestId: string;
  address: string | null;
  agent: string | null;
}

// the key must be good for this, or nothing is made; so authentication needs no batch of its own
const INSERT_USER = `INSERT INTO users (id, organization, number, email, email_key, login, first_name, last_name, role,
    password, created_at, updated_at, seated_at)
  SELECT ?5, o.number,
    1 + (SELECT MAX(n.user, COALESCE((SELECT MAX(m.number) FROM users m WHERE m.organization = n.organization), 0))
      FROM numbers n WHERE n.organization = o.number),
    ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?2, ?2, iif(?13, ?2, NULL)
  FROM keys k JOIN organizations o ON o.number = k.organization
  WHERE ${BY_DIGEST} AND ${IS_LIVE} AND k.kind = 'standard' AND o.id = ?3
    AND (k.scopes = '*' OR NOT EXISTS
      (SELECT 1 FROM json_each(?4) s WHERE NOT instr(' ' || k.scopes || ' ', ' ' || s.value || ' ')))
    AND (NOT ?13 OR o.seats > (SELECT COUNT(*) FROM users s WHERE s.organization = o.number AND s.seated_at IS NOT NULL))
  RETURNING ${USER}`;

const time = (column: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;

const INSERT_ENTRY = `INSERT INTO audit (organization, seq, at, request_id, operation, actor_kind, actor_id, actor_name,
    address, agent, target_kind, target_id, before, after)
  SELECT ?3, 1 + COALESCE((SELECT h.count FROM audit_heads h WHERE h.organization = ?3), 0), ?2, ?5, 'native.create_user',
    'key', k.id, k.name, ?6, ?7, 'user', u.id, NULL,
    json_object('id', u.id, 'email', u.email, 'login', u.login, 'first_name', u.first_name, 'last_name', u.last_name,
      'role', u.role, 'seated_at', ${time("u.seated_at")}, 'created_at', ${time("u.created_at")},
      'updated_at', ${time("u.updated_at")})
  FROM users u JOIN keys k ON ${BY_DIGEST} WHERE u.id = ?4`;

/** Makes a user, and puts it on record. */
export function createUser(db: D1Database, creation: Creation, origin: Origin): D1PreparedStatement[] {
  const { hashed, now, organization, scopes, user, password, id } = creation;
  return [
    db.prepare(INSERT_USER).bind(
      hashed, now, organization, JSON.stringify(scopes), id,
      user.email, user.email?.toLowerCase() ?? null, user.login ?? user.email ?? id, user.first_name, user.last_name, user.role,
      password, Number(user.seat),
    ),
    db.prepare(INSERT_ENTRY).bind(hashed, now, organization, id, origin.requestId, origin.address, origin.agent),
  ];
}
