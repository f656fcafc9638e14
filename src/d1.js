import { waitUntil } from "cloudflare:workers";

// A D1 database. A way to it and back is most of what a call costs, in workerd's time as in D1's, and so what calls ask while two
// batches are on their way goes together in the next: docs/adr/0014-one-batch-for-several-calls.md.

/** How many batches are on their way before a call waits for one to be back. */
const MAX_FLIGHTS = 2;
/** How many statements a batch of several calls has: D1 lets an invocation run 50 in its free plan. */
const MAX_STATEMENTS = 48;
/** How many letters the question of a call has that shares a batch. */
const MAX_LETTERS = 16_384;
/** How many calls wait; one more asks by itself, at once. */
const MAX_WAITING = 100;
/** How long a call waits for its turn before it asks by itself, in ms. */
const PATIENCE = 1000;
/** How long a batch is on its way at the most, in ms: as long as workerd waits for one whose caller has left. */
const MAX_FLIGHT = 30_000;

const known = [];

/** Says that a number stands for this SQL from now on. */
export function learn(number, sql) {
  known[number] = sql;
}

/** A session with a D1 database, which begins at this bookmark or constraint. */
export function session(database, from) {
  return database.withSession(from);
}

/** The bookmark of a session; nothing where no query was made in it. */
export function bookmark(session) {
  return session.getBookmark() ?? undefined;
}

/**
 * Runs `[[sql, parameters], …]` in one D1 batch, the SQL a text or its number, and gives each statement's rows, each row its values
 * in order. Where `isShared` the batch may have what other calls ask in it: each has the rows of its own statements, and errors of
 * its own.
 */
export async function batch(database, asked, isShared) {
  const statements = JSON.parse(asked).map(([sql, parameters]) =>
    database.prepare(typeof sql === "number" ? known[sql] : sql).bind(...parameters),
  );
  const isAlone = !isShared || asked.length > MAX_LETTERS || statements.length > MAX_STATEMENTS;
  const results = await (isAlone ? database.batch(statements) : together(database, statements));
  return JSON.stringify(results.map(({ results }) => results.map(Object.values)));
}

/** A batch that is on its way, or that a call was told to begin. */
class Flight {
  /** When it counts as lost, unless it is back. */
  until = Date.now() + PATIENCE;
}

const flights = new Set();
const waiting = [];

/** What a call is told that waited: to ask by itself. */
const ALONE = Symbol("alone");

async function together(database, statements) {
  const call = { statements, since: Date.now() };
  for (const flight of flights) if (flight.until < call.since) flights.delete(flight);
  // whoever waits for so long has left, or is told to ask alone by now
  while (waiting.length && call.since - waiting[0].since > 2 * PATIENCE) waiting.shift().resolve(ALONE);
  let outcome = flights.size < MAX_FLIGHTS ? begun() : await turn(call);
  if (outcome instanceof Flight) outcome = await lead(database, call, outcome);
  return outcome === ALONE ? database.batch(statements) : outcome;
}

function begun() {
  const flight = new Flight();
  flights.add(flight);
  return flight;
}

/** What becomes of a call that waits: a flight that it is to lead, its results if another led it, or that it is to go alone. */
async function turn(call) {
  if (waiting.length >= MAX_WAITING) return ALONE;
  const { promise, resolve, reject } = Promise.withResolvers();
  waiting.push(Object.assign(call, { resolve, reject }));
  // workerd ends a call that waits for nothing of its own
  const timer = setInterval(() => {
    const place = waiting.indexOf(call);
    if (place >= 0) {
      waiting.splice(place, 1);
      resolve(ALONE);
    } else if (Date.now() - call.since > MAX_FLIGHT + PATIENCE) {
      reject(new Error("the batch that it was in was lost"));
    }
  }, PATIENCE);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

/** Runs one batch for this call and those that wait, and gives this one's outcome. */
function lead(database, call, flight) {
  const calls = [call];
  let count = call.statements.length;
  while (waiting.length && (count += waiting[0].statements.length) <= MAX_STATEMENTS) calls.push(waiting.shift());
  flight.until = Date.now() + MAX_FLIGHT;
  const flown = fly(database, calls).finally(() => {
    flights.delete(flight);
    // who waits comes before who comes
    if (flights.size < MAX_FLIGHTS) waiting.shift()?.resolve(begun());
  });
  // the others wait for it, even where its caller leaves; its error is for its caller
  waitUntil(flown.catch(() => {}));
  return flown;
}

/** Runs one batch of what these calls ask, and gives the first one's outcome; the others are told theirs. */
async function fly(database, calls) {
  const [{ statements }, ...others] = calls;
  if (others.length === 0) return database.batch(statements);
  try {
    const results = await database.batch(calls.flatMap(({ statements }) => statements));
    const own = results.splice(0, statements.length);
    for (const { statements, resolve } of others) resolve(results.splice(0, statements.length));
    return own;
  } catch ({ message }) {
    // what SQLite refuses is not done, and each finds out alone whose fault that was; what else went wrong may have been done. An answer
    // that cannot be read is told whole, with rows of others in it
    const isRead = !message.includes("Failed to parse body");
    const isUndone = isRead && /SQLITE_|constraint failed|malformed JSON/.test(message);
    const lost = new Error(`in a batch of several calls: ${isRead ? message : "its answer cannot be read"}`);
    for (const { resolve, reject } of others) isUndone ? resolve(ALONE) : reject(lost);
    if (isUndone) return ALONE;
    throw lost;
  }
}
