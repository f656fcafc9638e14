// A use of every type, which must compile as it stands.
import { email, judge, key, keyKind, octaneQuery, operations, password } from "@tessera/validate";
import type { Assumed, Code, KeyKind, Operation, PasswordPolicy, Problem, Refusal, Request, Verdict } from "@tessera/validate";
import init, { judge as judgeInBrowser } from "@tessera/validate/web";
import { judge as judgeOne } from "@tessera/validate/appoptima";

const policy: PasswordPolicy = {
  minPasswordLength: 12,
  minNumberOfUppercaseChars: 1,
  minNumberOfLowercaseChars: 1,
  minNumberOfDigits: 1,
  minNumberOfNonAlphanumericChars: 0,
};
const assumed: Assumed = { passwordPolicy: policy, users: [{ id: "ann" }], organization: { identity_mode: "local" } };
const request: Request = { operation: "appoptima.create_user", body: "{}", assumed };
const verdict: Verdict = judge(request);
const refusal: Refusal | null = verdict.refusal;
const first: Problem | undefined = [...verdict.problems, ...verdict.warnings, ...email("a"), ...key("b")][0];
const code: Code | undefined = first?.code;
const kind: KeyKind | undefined = keyKind("tsr_key_x");
const names: Operation[] = operations();
const place: number | undefined = octaneQuery('"id EQ"')[0]?.at ?? password("x", policy)[0]?.at;
void init().then(() => judgeInBrowser({ operation: "octane.list_users", query: "query=x" }));
judgeOne({ operation: "appoptima.create_users", body: new Uint8Array() });

// @ts-expect-error: there is no such operation
judge({ operation: "appoptima.nothing" });
// @ts-expect-error: another vendor's
judgeOne({ operation: "octane.sign_in" });
// @ts-expect-error: a body is no object
judge({ operation: "octane.sign_in", body: {} });

export { code, kind, names, place, refusal };
