// The Worker, with what it asks of D1 and of KV counted where it asks, at the bindings. `GET /counted` tells it.
import worker from "./entry.js";

const counted = { batches: 0, reads: 0 };
// a statement that runs by itself is a batch of one; none of those that D1 gives out is asked to here
const METHODS = {
  D1Database: { batch: "batches", exec: "batches" },
  KvNamespace: { get: "reads", getWithMetadata: "reads" },
};

/** The same object, each call of its methods of this kind counted. */
function counting(object, kind) {
  return new Proxy(object, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function" || name === "constructor") return value;
      return (...given) => {
        const what = METHODS[kind][name];
        if (what) counted[what] += 1;
        return value.apply(target, given);
      };
    },
  });
}

const known = new Map();
function bindings(env) {
  return new Proxy(env, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      const kind = value?.constructor?.name;
      if (!METHODS[kind]) return value;
      if (!known.has(name)) known.set(name, counting(value, kind));
      return known.get(name);
    },
  });
}

export default {
  fetch(request, env, ctx) {
    return new URL(request.url).pathname === "/counted" ? Response.json(counted) : worker.fetch(request, bindings(env), ctx);
  },
};
