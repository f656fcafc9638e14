// What Tessera is measured beside: reading and creating a user of its native API, with Hono on D1. It does the same work
// over the same tables and gives the same JSON: it reads the key's checksum, hashes the key, looks it up, asks for its
// scopes, puts a creation on record, and tells of each request in a line of the log and a data point. Each is one batch.

import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { routePath } from "hono/route";
import { validator } from "hono/validator";

import { type Env, digest, isWellFormed, passwordHash } from "./secrets";
import { type Key, type UserRow, createUser, isUseDue, noteUse, noteUseOf, readUser, selectKey, selectUser } from "./store";
import { type NewUser, readNewUser } from "./validate";

type App = { Bindings: Env; Variables: { digest: string; requestId: string } };

const app = new Hono<App>();

/** A refusal as RFC 9457 has it. */
function problem(status: 401 | 403 | 404 | 409 | 422 | 500, code: string, detail: string, errors?: unknown): HTTPException {
  const body = JSON.stringify({ type: `urn:tessera:problem:${code}`, status, detail, errors });
  const headers = { "content-type": "application/problem+json" };
  return new HTTPException(status, { res: new Response(body, { status, headers }) });
}

const unauthenticated = () => problem(401, "unauthenticated", "Send a key as `Authorization: Bearer …`");

app.onError((error) => {
  if (error instanceof HTTPException) return error.getResponse();
  console.error(error);
  return problem(500, "internal", "The fault is ours").getResponse();
});

/** Tells of each request, as Tessera does. */
app.use(async (c, next) => {
  const begun = Date.now();
  const request_id = c.req.header("x-request-id") ?? c.req.header("cf-ray") ?? crypto.randomUUID();
  c.set("requestId", request_id);
  await next();
  const [route, method, status, duration_ms] = [routePath(c, -1), c.req.method, c.res.status, Date.now() - begun];
  const told = { request_id, route, method, status, duration_ms };
  console.log(JSON.stringify({ timestamp: new Date(), level: "INFO", message: "request", ...told }));
  const point = { indexes: [`${method} ${route}`], blobs: [route, method, `${status}`], doubles: [duration_ms] };
  c.env.METRICS?.writeDataPoint(point);
});

/** Hashes the key that is presented, if it can be one. Whose it is, the batch of the call tells. */
app.use("/v1/*", async (c, next) => {
  const [scheme, secret] = c.req.header("authorization")?.split(" ", 2) ?? [];
  if (scheme?.toLowerCase() !== "bearer" || !secret || !isWellFormed(secret)) throw unauthenticated();
  c.set("digest", await digest(c.env, secret));
  await next();
});

/** Refuses a key that does not open this organization for all of this. */
function admit(key: Key | undefined, organization: string, scopes: string[], now: number): asserts key is Key {
  const isLive = key && key.revoked_at === null && !key.is_deactivated && (key.expires_at === null || key.expires_at > now);
  if (!isLive || key.kind !== "standard") throw unauthenticated();
  if (key.organization_id !== organization) throw problem(403, "forbidden", "The credential does not open this");
  const held = key.scopes.split(" ");
  const missing = held.includes("*") ? undefined : scopes.find((scope) => !held.includes(scope));
  if (missing) throw problem(403, "missing-scope", `The key lacks the scope ${missing}`);
}

app.get("/v1/organizations/:organization/users/:user", async (c) => {
  const [organization, user] = [c.req.param("organization").toLowerCase(), c.req.param("user").toLowerCase()];
  const [hashed, now] = [c.get("digest"), Date.now()];
  const statements = [selectKey(c.env.DB, hashed, now), selectUser(c.env.DB, organization, user)];
  const isDue = isUseDue(hashed, now);
  if (isDue) statements.push(noteUse(c.env.DB, hashed, now));

  const [keys, users] = await c.env.DB.batch(statements);
  admit(keys?.results[0] as Key | undefined, organization, ["users:read"], now);
  if (isDue) noteUseOf(hashed, now);
  const found = users?.results[0] as UserRow | undefined;
  if (!found) throw problem(404, "user-not-found", "There is no such user");
  return c.json(readUser(found));
});

const newUser = validator("json", (value): NewUser => {
  const read = readNewUser(value);
  if ("problems" in read) throw problem(422, "invalid", "The body does not validate", read.problems);
  return read.user;
});

/** What a key must hold to make this user. */
function scopesFor(user: NewUser): string[] {
  const scopes = ["users:write"];
  if (user.role === "admin") scopes.push("*");
  if (user.role === "billing_manager") scopes.push("organization:write");
  if (user.seat) scopes.push("seats:write");
  return scopes;
}

app.post("/v1/organizations/:organization/users", newUser, async (c) => {
  const organization = c.req.param("organization").toLowerCase();
  const [hashed, now, user] = [c.get("digest"), Date.now(), c.req.valid("json")];
  const scopes = scopesFor(user);
  const password = user.password === null ? null : await passwordHash(user.password);
  const statements = [
    selectKey(c.env.DB, hashed, now),
    ...createUser(c.env.DB, { hashed, now, organization, scopes, user, password, id: crypto.randomUUID() }, {
      requestId: c.get("requestId"),
      address: c.req.header("cf-connecting-ip") ?? null,
      agent: c.req.header("user-agent") ?? null,
    }),
  ];
  const isDue = isUseDue(hashed, now);
  if (isDue) statements.push(noteUse(c.env.DB, hashed, now));

  let answers: D1Result[];
  try {
    answers = await c.env.DB.batch(statements);
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    if (message.includes("users.email_key")) throw problem(409, "email-taken", "The organization has a user with this e-mail");
    if (message.includes("users.login")) throw problem(409, "login-taken", "The organization has a user with this login");
    throw error;
  }
  admit(answers[0]?.results[0] as Key | undefined, organization, scopes, now);
  if (isDue) noteUseOf(hashed, now);
  const made = answers[1]?.results[0] as UserRow | undefined;
  if (!made) throw problem(409, "no-free-seats", "Every seat is held");
  return c.json(readUser(made), 201);
});

export default app;
