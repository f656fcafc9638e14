// Drives Tessera with the vendor's own client, @microfocus/alm-octane-js-rest-sdk, as it comes.
//
// drive.cjs MODULES BASE SPACE ADMIN_EMAIL ADMIN_PASSWORD UNIQ
//
// MODULES is the folder in which the client is installed. Its own calls lead to a workspace; what lies on the level of a
// space it calls as custom requests.

const { createRequire } = require("node:module");
const path = require("node:path");

const [modules, BASE, SPACE, ADMIN, PASSWORD, UNIQ] = process.argv.slice(2);
const load = createRequire(path.join(modules, "package.json"));
// the client logs every sign-in to the console
load("log4js").configure({ appenders: { none: { type: "noLogFilter", exclude: ".*", appender: "out" }, out: { type: "stderr" } }, categories: { default: { appenders: ["none"], level: "off" } } });
const { Octane, Query } = load("@microfocus/alm-octane-js-rest-sdk");

const KEYS = `/api/shared_spaces/${SPACE}/api_accesses`;
const SECRET = "9011@83sd!f1042ds+f19fg86M";
const OTHER_SECRET = "kj@s$dfS124GDd35";
const { create, get, update } = Octane.operationTypes;

function check(what, holds, shown) {
  if (!holds) {
    console.error(`FAIL ${what}: ${JSON.stringify(shown)}`);
    process.exit(1);
  }
  console.log(`ok ${what}`);
}

async function refused(what, status, code, call) {
  try {
    const answer = await call();
    check(what, false, answer);
  } catch (error) {
    const { response } = error;
    check(what, response?.status === status && response.data.error_code === code, response?.data ?? String(error));
  }
}

function client(user, password, space = SPACE, workspace = 1002) {
  return new Octane({ server: BASE, sharedSpace: space, workspace, user, password, headers: { HPECLIENTTYPE: "HPE_REST_API_TECH_PREVIEW" } });
}

const keysNamed = (octane, name) =>
  octane.executeCustomRequest(`${KEYS}?fields=client_id,name&query="${Query.field("name").equal(name).build()}"`, get);

async function main() {
  const admin = client(ADMIN, PASSWORD);
  check("a sign-in answers with nothing", (await admin.authenticate()) === undefined);

  const lazy = client(ADMIN, PASSWORD);
  const roles = await lazy.get("roles").fields("name", "logical_name").execute();
  check("a client signs in when it is told to", roles.total_count === 11 && roles.exceeds_total_count === false, roles);

  const query = Query.field("role").equal(Query.field("name").equal("*admin"));
  const page = await lazy.get("workspace_roles").fields("role").query(query.build()).orderBy("-id").limit(2).offset(1).execute();
  check("its query goes through references", page.total_count === 3 && page.data.map((row) => row.id).join() === "1032,1028", page);
  const one = await lazy.get("workspace_roles").at(1037).fields("role", "workspace").execute();
  check("one is answered bare", one.role.name === "Workspace Admin" && one.workspace.id === "1002", one);
  const second = await client(ADMIN, PASSWORD, SPACE, 1003).get("workspace_roles").at(1037).fields("workspace").execute();
  check("as it holds in the client's workspace", second.workspace.id === "1003", second);

  const found = async (what, built, ids) => {
    const list = await lazy.get("roles").fields("id").query(built.build()).orderBy("id").execute();
    check(what, list.data.map((row) => row.id).join() === ids, list);
  };
  const id = () => Query.field("id");
  await found("between", id().between(1002, 1004), "1002,1003,1004");
  await found("in", id().inComparison([1002, 1007]), "1002,1007");
  await found("not, and, or, group", id().less(1004).and(id().notEqual(1002)).or(id().equal(1012)).group(), "1003,1012");
  await found("null", Query.field("based_on_system").equal(Query.NULL).and(id().greaterEqual(1011)), "1011,1012");
  await found("a time", Query.field("creation_time").greater(new Date("2001-01-01")).and(id().equal(1007)), "1007");
  await found("a text with a star", Query.field("name").equal("*member"), "1009");

  const users = await lazy.get("workspace_users").query(Query.field("email").equal(ADMIN).build()).execute();
  check("the admin is a user of the workspace", users.total_count === 1 && users.data[0].id === "1001", users);

  const name = `sdk-${UNIQ}`;
  const made = await admin.executeCustomRequest(`${KEYS}?fields=client_id`, create, {
    data: [{ name, client_secret: SECRET, workspace_roles: { data: [{ type: "workspace_role", id: "1009" }] } }],
  });
  const key = made.data[0];
  check("a key is made", made.total_count === 1 && key.is_valid && key.client_id.startsWith(`${name}_`), made);
  const listed = await keysNamed(admin, name);
  check("and is found by its name", listed.total_count === 1 && listed.data[0].client_id === key.client_id, listed);

  const bot = client(key.client_id, SECRET);
  check("the key signs in as a user would", (await keysNamed(bot, name)).total_count === 1);
  const renamed = await bot.executeCustomRequest(`${KEYS}/${key.id}?fields=name`, update, { id: key.id, type: "api_access", name: `${name}-2` });
  check("and may rename itself", renamed.name === `${name}-2`, renamed);
  await refused("a wrong secret is refused", 401, "platform.not_authorized", () => client(key.client_id, OTHER_SECRET).get("roles").execute());

  const revoked = await admin.executeCustomRequest(`${KEYS}/${key.id}`, update, { is_valid: false });
  check("the key is revoked", revoked.is_valid === false, revoked);
  await refused("and its client is out", 401, "platform.not_authorized", () => bot.get("roles").execute());
  const again = await admin.executeCustomRequest(`${KEYS}/${key.id}?fields=client_id`, update, { is_valid: true, client_secret: OTHER_SECRET });
  check("a new secret brings it back under its client id", again.is_valid && again.client_id === key.client_id, again);
  check("with which it signs in", (await client(key.client_id, OTHER_SECRET).get("roles").execute()).total_count === 11);
  await refused("the old one is worth nothing", 401, "platform.not_authorized", () => bot.get("roles").execute());

  const demoted = { workspace_roles: { data: [{ type: "workspace_role", id: "1028" }] } };
  await admin.executeCustomRequest(`${KEYS}/${key.id}`, update, demoted);
  await refused("who is no space admin makes no key", 403, "platform.not_authorized", () =>
    client(key.client_id, OTHER_SECRET).executeCustomRequest(KEYS, create, { data: [{ name: "x", client_secret: SECRET }] }));

  await refused("an unknown field", 400, "platform.unknown_field", () => lazy.get("roles").fields("sss").execute());
  await refused("a query that is none", 400, "platform.invalid_query", () => lazy.get("roles").query("name EQ").execute());
  await refused("an unknown collection", 404, "platform.web_application", () => lazy.get("defects").execute());
  await refused("nothing is deleted", 405, "platform.web_application", () => lazy.delete("roles").at(1007).execute());
  await refused("another space", 404, "platform.entity_not_found", () => client(ADMIN, PASSWORD, 99999999).get("roles").execute());

  check("a sign-out answers with nothing", (await admin.signOut()) === undefined);
  check("and the client signs in anew", (await keysNamed(admin, `${name}-2`)).total_count === 1);
}

main().catch((error) => {
  console.error(error.stack ?? error);
  process.exit(1);
});
