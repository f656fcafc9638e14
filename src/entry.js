// The Worker's entry. What worker-build writes for one makes an instance and two proxies for each call, to start the WebAssembly
// anew after it has trapped. wasm-bindgen's exports do that by themselves, which `worker` asks of them.

// it is copied to where this is
import Entrypoint from "./index.js";

const { answer, queue, scheduled } = Entrypoint.prototype;

/** A request's head: its method, its URL, and each header as `name:value`, on lines of their own. None of them has a line's end. */
function head(request) {
  let text = `${request.method}\n${request.url}`;
  for (const [name, value] of request.headers) text += `\n${name}:${value}`;
  return text;
}

export default {
  fetch(request, env, ctx) {
    return new Promise((done) => answer(request, head(request), env, ctx, done));
  },
  queue(batch, env, ctx) {
    return queue.call({ env, ctx }, batch);
  },
  scheduled(event, env, ctx) {
    return scheduled.call({ env, ctx }, event);
  },
};
