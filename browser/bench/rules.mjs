// The rules of AppOptima's users in the words of ajv and of zod, as near to the server's as each can say them, and what is
// measured of all three. Nothing here knows whether it runs in Node.js or in a browser.

import Ajv from "ajv";
import { z } from "zod";

const NO_SHAPE = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u;
const isLogin = (text) => text.trim() === text && text !== "." && text !== ".." && !/[\p{Cc}/]/u.test(text);
const isStorable = (text) => !text.includes("\0");
const isSet = (text) => text.trim() !== "";

function ajvRules() {
  const ajv = new Ajv({ allErrors: true });
  ajv.addKeyword({ keyword: "login", type: "string", validate: (_, text) => isSet(text) && isLogin(text), errors: false });
  ajv.addKeyword({ keyword: "address", type: "string", validate: (_, text) => NO_SHAPE.test(text), errors: false });
  ajv.addKeyword({ keyword: "storable", type: "string", validate: (_, text) => isSet(text) && isStorable(text), errors: false });
  ajv.addKeyword({
    keyword: "distinct",
    type: "array",
    validate: (_, users) => {
      const ids = new Set(users.map(({ id }) => id));
      const emails = new Set(users.map(({ email }) => String(email).toLowerCase()));
      return ids.size === users.length && emails.size === users.length;
    },
    errors: false,
  });
  const user = {
    type: "object",
    required: ["id", "email", "firstName", "lastName"],
    properties: {
      id: { type: "string", maxLength: 255, login: true },
      email: { type: "string", maxLength: 254, address: true },
      firstName: { type: "string", maxLength: 255, storable: true },
      lastName: { type: "string", maxLength: 255, storable: true },
      passwordClearText: { type: "null" },
      groups: { type: "array", items: { type: "string" } },
    },
  };
  const one = ajv.compile(user);
  const many = ajv.compile({ type: "array", minItems: 1, maxItems: 10_000, items: user, distinct: true });
  const email = ajv.compile({ type: "string", maxLength: 254, address: true });
  return { one: (text) => one(JSON.parse(text)), many: (text) => many(JSON.parse(text)), value: (text) => email(text) };
}

function zodRules() {
  const name = z.string().max(255).refine((text) => isSet(text) && isStorable(text));
  const email = z.string().max(254).regex(NO_SHAPE);
  const user = z.object({
    id: z.string().max(255).refine((text) => isSet(text) && isLogin(text)),
    email,
    firstName: name,
    lastName: name,
    passwordClearText: z.null().optional(),
    groups: z.array(z.string()).nullish(),
  });
  const many = z.array(user).min(1).max(10_000).superRefine((users, context) => {
    for (const of of [({ id }) => id, (user) => user.email.toLowerCase()]) {
      const seen = new Set();
      users.forEach((user, at) => {
        if (seen.has(of(user))) context.addIssue({ code: "custom", path: [at], message: "duplicated" });
        seen.add(of(user));
      });
    }
  });
  return {
    one: (text) => user.safeParse(JSON.parse(text)).success,
    many: (text) => many.safeParse(JSON.parse(text)).success,
    value: (text) => email.safeParse(text).success,
  };
}

function tesseraRules({ judge, looseEmail }) {
  const verdict = (operation) => (body) => judge({ operation, body }).problems.length === 0;
  return {
    one: verdict("appoptima.create_user"),
    many: verdict("appoptima.create_users"),
    value: (text) => looseEmail(text).length === 0,
  };
}

const user = (number) => ({
  id: `bulk.${number}`,
  email: `bulk.${number}@acme.test`,
  firstName: "Bulk",
  lastName: "User",
  passwordClearText: null,
  groups: ["users"],
});

const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Measures all three in turn, round by round: milliseconds a call, of all rounds the one in the middle. */
export function measure(tessera, rounds) {
  const peers = { tessera: tesseraRules(tessera), ajv: ajvRules(), zod: zodRules() };
  const many = JSON.stringify(Array.from({ length: 10_000 }, (_, number) => user(number)));
  const work = { one: [JSON.stringify(user(1)), 2_000], many: [many, 1], value: ["bulk.1@acme.test", 20_000] };
  const told = {};
  for (const [name, [text, calls]] of Object.entries(work)) {
    const times = Object.fromEntries(Object.keys(peers).map((peer) => [peer, []]));
    for (let round = -2; round < rounds; round++) {
      for (const [peer, rules] of Object.entries(peers)) {
        const begun = performance.now();
        let good = true;
        for (let call = 0; call < calls; call++) good = rules[name](text) && good;
        const took = (performance.now() - begun) / calls;
        if (!good) throw new Error(`${peer} refuses ${name}`);
        // the first rounds are for the compilers
        if (round >= 0) times[peer].push(took);
      }
    }
    told[name] = Object.fromEntries(Object.entries(times).map(([peer, all]) => [peer, middle(all)]));
  }
  // that all three look at what they are given
  const bad = JSON.stringify([user(1), { ...user(2), email: "none" }, user(1)]);
  for (const [peer, rules] of Object.entries(peers)) if (rules.many(bad)) throw new Error(`${peer} takes what is wrong`);
  return told;
}
