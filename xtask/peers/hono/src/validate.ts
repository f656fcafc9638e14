const ROLES = ["member", "admin", "billing_manager"] as const;
const EMAIL = /^[^\s@.<>()[\]\\,;:"]+(\.[^\s@.<>()[\]\\,;:"]+)*@([\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}]{2,63}$/u;
const CONTROL = /\p{Cc}/u;

/** A user to be made. */
export interface NewUser {
  email: string | null;
  login: string | null;
  first_name: string | null;
  last_name: string | null;
  role: (typeof ROLES)[number];
  password: string | null;
  seat: boolean;
}

interface Problem {
  pointer: string;
  detail: string;
}

const isText = (value: unknown): value is string | null => value === null || typeof value === "string";
const isName = (text: string, least: number) =>
  text.length <= 255 && !CONTROL.test(text) && text.trim().length >= least;

/** Whether a member is good, or what it should be. */
const MEMBERS: Record<string, (value: unknown) => string | true> = {
  email: (value) =>
    (isText(value) && (value === null || (value.length <= 254 && EMAIL.test(value)))) || "an e-mail address",
  login: (value) => (typeof value === "string" && isName(value, 1)) || "1 to 255 characters, none of them control",
  first_name: (value) =>
    (isText(value) && (value === null || isName(value, 0))) || "0 to 255 characters, none of them control",
  last_name: (value) =>
    (isText(value) && (value === null || isName(value, 0))) || "0 to 255 characters, none of them control",
  role: (value) => (ROLES as readonly unknown[]).includes(value) || `one of ${ROLES.join(", ")}`,
  password: (value) =>
    (isText(value) && (value === null || (value.length >= 8 && value.length <= 128))) || "8 to 128 characters",
  seat: (value) => typeof value === "boolean" || "a boolean",
};

/** Reads a body. */
export function readNewUser(body: unknown): { user: NewUser } | { problems: Problem[] } {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return { problems: [{ pointer: "", detail: "should be an object" }] };
  }
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(body)) {
    const verdict = MEMBERS[name]?.(value) ?? "no such member";
    if (verdict !== true) problems.push({ pointer: `/${name}`, detail: verdict });
  }
  if (problems.length > 0) return { problems };
  const given = body as Partial<NewUser>;
  return {
    user: {
      email: given.email ?? null,
      login: given.login ?? null,
      first_name: given.first_name ?? null,
      last_name: given.last_name ?? null,
      role: given.role ?? "member",
      password: given.password ?? null,
      seat: given.seat ?? false,
    },
  };
}
