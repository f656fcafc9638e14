import { EmailMessage } from "cloudflare:email";

// What the Worker asks of JavaScript, each in one crossing: a call between wasm and JavaScript copies its strings, so one
// JSON text beats a call for every header, parameter, row and column.

/** Runs `[[sql, parameters], …]` as one D1 batch and gives each statement's rows, each row its values in order. */
export async function batch(database, statements) {
  const prepared = JSON.parse(statements).map(([sql, parameters]) => database.prepare(sql).bind(...parameters));
  const results = await database.batch(prepared);
  return JSON.stringify(results.map(({ results }) => results.map(Object.values)));
}

/** The request's headers as `[[name, value], …]`. */
export function headers(request) {
  return JSON.stringify([...request.headers]);
}

/** All of the request's body. */
export async function body(request) {
  return new Uint8Array(await request.arrayBuffer());
}

/** An answer with these headers, `[[name, value], …]`; without a body where HTTP allows none. */
export function respond(status, headers, body) {
  const bare = status === 204 || status === 205 || status === 304;
  return new Response(bare ? null : body, { status, headers: JSON.parse(headers) });
}

/** Puts a text into a queue, to be there in so many seconds. */
export async function enqueue(queue, text, delaySeconds) {
  await queue.send(text, { contentType: "text", delaySeconds });
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
