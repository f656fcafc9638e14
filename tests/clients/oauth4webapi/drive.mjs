// Drives Tessera with a client of OAuth as it comes, oauth4webapi: discovery (RFC 8414), the client credentials grant at the token
// endpoint that it finds, and introspection (RFC 7662).
//
// drive.mjs MODULES BASE ORGANIZATION API_KEY
//
// MODULES is the folder in which the client is installed. What it introspects is made by calls of the native API and Anaconda's.

import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, BASE, ORGANIZATION, API_KEY] = process.argv.slice(2);
const oauth = await import(pathToFileURL(path.join(modules, "node_modules/oauth4webapi/build/index.js")).href);
const options = { [oauth.allowInsecureRequests]: true };

function check(what, holds, shown) {
  if (!holds) {
    console.error(`FAIL ${what}: ${JSON.stringify(shown)}`);
    process.exit(1);
  }
  console.log(`ok ${what}`);
}

async function call(method, where, body) {
  const response = await fetch(BASE + where, {
    method,
    headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${text}`);
  return text && JSON.parse(text);
}

const issuer = new URL(BASE);
const found = await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" });
const server = await oauth.processDiscoveryResponse(issuer, found);
check("the issuer is where it was asked", server.issuer === issuer.origin, server);
check("there is an introspection endpoint", server.introspection_endpoint === `${issuer.origin}/oauth2/introspect`, server);
check(
  "both ways to it are told",
  server.introspection_endpoint_auth_methods_supported.join() === "Bearer,client_secret_basic",
  server,
);

/** The client's way to call as whoever has a key. */
const byKey = (key) => (_server, _client, _body, headers) => headers.set("authorization", `Bearer ${key}`);

async function introspect(client, authentication, token, headers) {
  const response = await oauth.introspectionRequest(server, client, authentication, token, { ...options, headers });
  check("the answer is kept by nobody", response.headers.get("cache-control") === "no-store", [...response.headers]);
  return oauth.processIntrospectionResponse(server, client, response);
}

const account = await call("POST", `/organizations/${ORGANIZATION}/service-accounts`, { name: "resource-server" });
const client = { client_id: account.client_id };
const basic = oauth.ClientSecretBasic(account.client_secret);

async function grant(authentication) {
  const parameters = new URLSearchParams();
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, options);
  return oauth.processClientCredentialsResponse(server, client, response);
}
for (const [name, authentication] of [
  ["client_secret_basic", basic],
  ["client_secret_post", oauth.ClientSecretPost(account.client_secret)],
]) {
  check(`${name} is supported`, server.token_endpoint_auth_methods_supported.includes(name), server);
  const granted = await grant(authentication);
  check(`a token is granted by ${name}`, granted.token_type === "bearer" && granted.expires_in === 900, granted);
}

const { access_token: accessToken } = await grant(basic);
const own = await introspect(client, basic, accessToken);
check("a client's access token is active", own.active && own.client_id === client.client_id && own.sub === client.client_id, own);
check("it ends when the grant says", own.exp - own.iat === 900 && own.token_type === "Bearer", own);
check("its issuer is the server", own.iss === server.issuer, own);
check("its scope is the account's", own.scope.split(" ").includes("users:write"), own);

const key = await call("POST", `/v1/organizations/${ORGANIZATION}/keys`, { name: "ci", scopes: ["users:read", "seats:read"] });
for (const authentication of [basic, byKey(API_KEY)]) {
  for (const headers of [undefined, { "cache-control": "no-cache" }]) {
    const seen = await introspect(client, authentication, key.secret, headers);
    check("a key is active", seen.active && seen.sub === key.id && seen.scope === "users:read seats:read", seen);
    check("a key that never ends has no end", seen.exp === undefined && seen.organization_id === ORGANIZATION, seen);
  }
}
const rotated = await call("POST", `/v1/organizations/${ORGANIZATION}/keys/${key.id}/rotate`, { grace_seconds: 60 });
const before = await introspect(client, basic, key.secret);
check("the secret before is active until its grace is over", before.active && before.exp > before.iat, before);
const after = await introspect(client, basic, rotated.secret);
check("the one after has no end", after.active && after.exp === undefined && after.sub === key.id, after);
await call("DELETE", `/v1/organizations/${ORGANIZATION}/keys/${key.id}`);
for (const secret of [key.secret, rotated.secret]) {
  const revoked = await introspect(client, basic, secret);
  check("a key that was revoked is inactive at once", JSON.stringify(revoked) === '{"active":false}', revoked);
}

const user = await call("POST", `/v1/organizations/${ORGANIZATION}/users`, { login: `ada-${account.client_id}` });
const end = { expires_at: "2099-01-01T00:00:00Z" };
const token = await call("POST", `/v1/organizations/${ORGANIZATION}/users/${user.id}/tokens`, end);
const seen = await introspect(client, basic, token.token);
check("a user's token is the user's", seen.active && seen.sub === user.id && seen.username === user.login, seen);
check("it ends when it was told to", seen.exp === Date.parse(end.expires_at) / 1000, seen);

for (const nobody of ["nonsense", account.client_secret, `${accessToken}x`, "tsr_key_NobodyHasThisKeyAndNobodyWill03qfq6d"]) {
  const unknown = await introspect(client, byKey(API_KEY), nobody);
  check("what is no token is inactive", JSON.stringify(unknown) === '{"active":false}', unknown);
}

await call("DELETE", `/organizations/${ORGANIZATION}/service-accounts/${account.client_id}`);
const dead = await introspect(client, byKey(API_KEY), accessToken);
check("a deleted account's access token is inactive", JSON.stringify(dead) === '{"active":false}', dead);

async function challenged(what, scheme, authentication) {
  const response = await oauth.introspectionRequest(server, client, authentication, accessToken, options);
  try {
    check(what, false, await oauth.processIntrospectionResponse(server, client, response));
  } catch (error) {
    const is = error instanceof oauth.WWWAuthenticateChallengeError && error.cause[0].scheme === scheme;
    check(what, is && error.status === 401, String(error));
  }
}
await challenged("a deleted account is challenged", "basic", basic);
await challenged("an unknown key is challenged", "bearer", byKey("tsr_key_NobodyHasThisKeyAndNobodyWill03qfq6d"));
