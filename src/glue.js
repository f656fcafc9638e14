import { EmailMessage } from "cloudflare:email";

// What the Worker asks of JavaScript, each in one crossing: a call between wasm and JavaScript copies its strings, so one
// JSON text beats a call for every header, parameter, row and column.

/** Tells what waits of the promise's end. Nothing else is to hold it, so that it is collected with a promise that never ends. */
export function wait(promise, waiting) {
  promise.then((value) => waiting.resolve(value), (error) => waiting.reject(error));
}

/** All of the request's body. */
export async function body(request) {
  return new Uint8Array(await request.arrayBuffer());
}

/** Calls `done` with an answer that has these headers, each as `name:value` on a line; without a body where HTTP allows none. */
export function respond(done, status, lines, body) {
  const bare = status === 204 || status === 205 || status === 304;
  const pairs = lines ? lines.split("\n") : [];
  const headers = pairs.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);
  // the bytes are WebAssembly's, and a Response takes a copy
  done(new Response(bare ? null : body, { status, headers }));
}

/** A line of the log; what is empty is left out. */
function line(level, message, members) {
  const told = { timestamp: new Date(), level, message };
  for (const name in members) if (members[name] !== "") told[name] = members[name];
  (level === "ERROR" || level === "WARN" ? console.error : console.log)(JSON.stringify(told));
}

/** Writes a line of the log, of a request if it has an id. */
export function log(level, message, request_id) {
  line(level, message, { request_id });
}

/**
 * Writes the log's line of a request, and its data point where there is a dataset. The texts are the request's id, the dialect, the
 * operation, the route and the method, each on a line.
 */
export function tell(env, texts, status, duration_ms, batches, database_ms) {
  let [request_id, dialect, operation, route, method] = texts.split("\n");
  if (method.length > 7) method = "other"; // it is any word that the caller likes
  line("INFO", "request", { request_id, dialect, operation, route, method, status, duration_ms, batches, database_ms });
  env.METRICS?.writeDataPoint({
    indexes: [`${dialect}.${operation}`],
    blobs: [dialect, operation, `${status}`],
    doubles: [duration_ms, batches, database_ms],
  });
}

/** Puts a text into a queue, to be there in so many seconds. */
export async function enqueue(queue, text, delaySeconds) {
  await queue.send(text, { contentType: "text", delaySeconds });
}

/** Counts a call by this key, and resolves to whether there was room for it. */
export async function limit(binding, key) {
  return (await binding.limit({ key })).success;
}

/** The text that is kept in a namespace under a name, or null. */
export function kept(namespace, name) {
  return namespace.get(name);
}

/** Writes `[[name, [text, seconds] or null], …]` into a namespace, one of another's failure regardless. */
export async function keep(namespace, writes) {
  const done = await Promise.allSettled(
    JSON.parse(writes).map(([name, kept]) =>
      kept ? namespace.put(name, kept[0], { expirationTtl: kept[1] }) : namespace.delete(name),
    ),
  );
  const failed = done.find(({ status }) => status === "rejected");
  if (failed) throw failed.reason;
}

/** The 32 bytes of PBKDF2 with HMAC-SHA256. */
export async function pbkdf2(password, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}

/** The host of a URL, as URLs write it; `""` where it is none. */
export function host(url) {
  return URL.parse(url)?.hostname ?? "";
}

/** Sends a POST with these headers, `[[name, value], …]`, and resolves to its answer's status, or to 0 if it took longer. */
export async function post(url, headers, body, timeout) {
  try {
    const signal = AbortSignal.timeout(timeout);
    const response = await fetch(url, { method: "POST", headers: JSON.parse(headers), body, redirect: "manual", signal });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    if (error?.name === "TimeoutError") return 0;
    throw error;
  }
}

/**
 * Sends a mail, and resolves to "", or where it was not taken to the error's code, a blank and what it says. One that takes
 * longer than so many milliseconds is not waited for.
 */
export async function mail(binding, from, to, message, timeout) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), timeout);
  });
  try {
    await Promise.race([binding.send(new EmailMessage(from, to, message)), late]);
    return "";
  } catch (error) {
    return `${error?.code ?? ""} ${error?.message ?? error}`;
  } finally {
    clearTimeout(timer);
  }
}
