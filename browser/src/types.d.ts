/** What is wrong, in one word that all vendors share. */
export type Code =
  | "malformed"
  | "empty"
  | "missing"
  | "unknown"
  | "type"
  | "value"
  | "duplicate"
  | "taken"
  | "absent"
  | "policy"
  | "fixed"
  | "syntax"
  | "too_large"
  | "media_type"
  | "forbidden";

/** What is wrong at one place of a request. */
export interface Problem {
  /** The place in the body (RFC 6901); "" for the whole of it, and for what is not in it. */
  pointer: string;
  /** The parameter of path or query, or the header, where one is at fault. */
  parameter?: string;
  /** Where it begins: in a malformed body the byte, from 0; in a query the character of the statement, from 1. */
  at?: number;
  code: Code;
  /** The vendor's words for it. */
  message: string;
}

/** The answer that refuses, as the vendor's endpoint sends it. */
export interface Refusal {
  status: number;
  /** The headers of the API, their names in lower case. */
  headers: [name: string, value: string][];
  /** The body. An id in it that is new each time (Astra's and Octane's correlation id) is all zeros here. */
  body: string;
}

/** What an operation says of a request. */
export interface Verdict {
  /** What is at fault. */
  problems: Problem[];
  /** What is taken, and yet will not do what it looks like, as an address that is listed twice. */
  warnings: Problem[];
  /** The answer; null where the request is taken, or a part of it: then the problems tell what is left out. */
  refusal: Refusal | null;
}

/** A password policy, as AppOptima's GET /passwordPolicy shows it. */
export interface PasswordPolicy {
  minPasswordLength: number;
  minNumberOfUppercaseChars: number;
  minNumberOfLowercaseChars: number;
  minNumberOfDigits: number;
  minNumberOfNonAlphanumericChars: number;
}

/** What the server knows and the request does not tell. What is left out is as in a new organization. */
export interface Assumed {
  /** Members of the organization as the native API shows it. */
  organization?: {
    id?: string;
    number?: number;
    identity_mode?: "local" | "ldap" | "sso";
    set_password_via_api?: boolean;
    type?: string;
    permission_scopes?: Record<string, unknown>;
  };
  /** For AppOptima, that of a new organization unless it is given; for Astra, none. */
  passwordPolicy?: PasswordPolicy;
  /** The users that there are, as AppOptima shows them: their ids and e-mails count as taken. */
  users?: { id: string; email?: string }[];
  /** The ids of the groups that there are. Left out, every group counts as there. */
  groups?: string[];
  /** The object that is to be changed, as the vendor shows it. */
  current?: Record<string, unknown>;
  /** Whether the server runs in development, where webhooks may be local. */
  development?: boolean;
}

/** A request that is asked about. */
export interface Request {
  operation: Operation;
  /** The parameters of the path, decoded. One that is left out is not looked at. */
  parameters?: Record<string, string>;
  /** The query as it stands in the URL, without the question mark. */
  query?: string;
  headers?: Record<string, string>;
  /** The body as it is sent: of a JSON API the JSON text. */
  body?: string | Uint8Array;
  assumed?: Assumed;
}

/** What a secret opens. */
export type KeyKind = "root" | "key" | "client" | "token" | "session";
