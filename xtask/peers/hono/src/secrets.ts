/** The Worker's bindings. */
export interface Env {
  DB: D1Database;
  METRICS?: AnalyticsEngineDataset;
  TESSERA_PEPPER: string;
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX = "tsr_key_";
const LENGTH = PREFIX.length + 30 + 6;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function checksum(text: string): string {
  let crc = 0xffffffff;
  for (let at = 0; at < text.length; at += 1) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ text.charCodeAt(at)) & 0xff]!;
  let [number, digits] = [~crc >>> 0, ""];
  for (let digit = 0; digit < 6; digit += 1) {
    digits = ALPHABET[number % 62] + digits;
    number = Math.floor(number / 62);
  }
  return digits;
}

/** Whether this can be a key at all. */
export function isWellFormed(secret: string): boolean {
  return secret.startsWith(PREFIX) && secret.length === LENGTH && secret.endsWith(checksum(secret.slice(0, -6)));
}

const encoder = new TextEncoder();
const HMAC = { name: "HMAC", hash: "SHA-256" };
let digestKey: Promise<CryptoKey> | undefined;

async function deriveDigestKey(pepper: string): Promise<CryptoKey> {
  const hashed = await crypto.subtle.digest("SHA-256", encoder.encode(pepper));
  const key = await crypto.subtle.importKey("raw", hashed, HMAC, false, ["sign"]);
  const derived = await crypto.subtle.sign("HMAC", key, encoder.encode("tessera digest"));
  return crypto.subtle.importKey("raw", derived, HMAC, false, ["sign"]);
}

function base64(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/=+$/, "");
}

/** What is stored of a key. */
export async function digest(env: Env, secret: string): Promise<string> {
  digestKey ??= deriveDigestKey(env.TESSERA_PEPPER);
  const tag = await crypto.subtle.sign("HMAC", await digestKey, encoder.encode(secret));
  return base64(tag).replaceAll("+", "-").replaceAll("/", "_");
}

/** A password at rest, in PHC form. */
export async function passwordHash(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const key = await crypto.subtle.importKey("raw", encoder.encode(password), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: 100_000 }, key, 256);
  return `$pbkdf2-sha256$i=100000,l=32$${base64(salt)}$${base64(bits)}`;
}
