import { argon2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const argon2Async = promisify(argon2);
const scryptAsync = promisify<string, string, number, object, Buffer>(scrypt);

const LANES = 1;
const TAG_BYTES = 32;
const SALT_BYTES = 16;

/** 16 bytes of salt and 32 of tag, in base64 without padding: what `hashPassword` writes. */
const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/** Better Auth's default: `salt:key` in hex; the salt is used as text, not decoded. */
const SCRYPT = /^([0-9a-f]{32}):([0-9a-f]{128})$/;
const SCRYPT_COST = { N: 16_384, r: 16, p: 1, maxmem: 128 * 16_384 * 16 * 2 };
const SCRYPT_KEY_BYTES = 64;

/** The most that a stored hash may ask for: a damaged row must not take all memory, or run for a day. */
const STORED_MAX = { memoryKib: 1_048_576, passes: 64, lanes: 16 };

/** What one argon2id hash costs. The least that we use is OWASP's setting of 19456 KiB and 2 passes. */
export interface HashCost {
  readonly memoryKib: number;
  readonly passes: number;
}

type StoredHash =
  | { kind: 'argon2id'; cost: HashCost; lanes: number; salt: Buffer; tag: Buffer }
  | { kind: 'scrypt'; salt: string; key: Buffer };

/**
 * Hashes with argon2id (RFC 9106, one lane) under a fresh 16-byte salt, off the main thread. Answers a PHC
 * string. The password is normalised to NFKC first, so that every keyboard types the same one, and is never
 * truncated.
 */
export async function hashPassword(password: string, cost: HashCost): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await deriveArgon2id(password, salt, cost, LANES);
  const { memoryKib, passes } = cost;
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${LANES}$${encode(salt)}$${encode(tag)}`;
}

/**
 * Tells in constant time whether the password is the one that was hashed, by `hashPassword` or by Better
 * Auth's scrypt. Throws for any other stored text: a damaged row is the server's fault, never a wrong
 * password.
 */
export async function verifyPasswordHash(stored: {
  hash: string;
  password: string;
}): Promise<boolean> {
  const parsed = parseHash(stored.hash);
  if (parsed.kind === 'argon2id') {
    const { salt, cost, lanes, tag } = parsed;
    return timingSafeEqual(await deriveArgon2id(stored.password, salt, cost, lanes), tag);
  }
  const password = stored.password.normalize('NFKC');
  const key = await scryptAsync(password, parsed.salt, SCRYPT_KEY_BYTES, SCRYPT_COST);
  return timingSafeEqual(key, parsed.key);
}

/** Whether a stored hash is cheaper to attack than `cost`. Throws if `verifyPasswordHash` does. */
export function needsRehash(hash: string, cost: HashCost): boolean {
  const stored = parseHash(hash);
  if (stored.kind === 'scrypt') return true;
  return stored.cost.memoryKib < cost.memoryKib || stored.cost.passes < cost.passes;
}

/** The same for all hashes that take the same work to verify. Throws if `verifyPasswordHash` does. */
export function describeHashKind(hash: string): string {
  const stored = parseHash(hash);
  if (stored.kind === 'scrypt') return 'scrypt';
  const { cost, lanes } = stored;
  return `m=${cost.memoryKib},t=${cost.passes},p=${lanes}`;
}

function parseHash(hash: string): StoredHash {
  const [, memory, passes, lanes, salt = '', tag = ''] = ARGON2ID.exec(hash) ?? [];
  if (tag) {
    const cost = { memoryKib: Number(memory), passes: Number(passes) };
    checkBounds(cost, Number(lanes));
    return { kind: 'argon2id', cost, lanes: Number(lanes), salt: decode(salt), tag: decode(tag) };
  }
  const [, scryptSalt = '', key = ''] = SCRYPT.exec(hash) ?? [];
  if (key) return { kind: 'scrypt', salt: scryptSalt, key: Buffer.from(key, 'hex') };
  throw new Error('A stored password hash has an unknown form; was auth.accounts.password edited?');
}

/** RFC 9106 section 3.1 requires at least eight blocks of memory for each lane, and one pass. */
function checkBounds({ memoryKib, passes }: HashCost, lanes: number): void {
  const isPossible = lanes >= 1 && passes >= 1 && memoryKib >= 8 * lanes;
  const { memoryKib: memory, passes: time, lanes: width } = STORED_MAX;
  if (isPossible && memoryKib <= memory && passes <= time && lanes <= width) return;
  throw new Error(
    `A stored password hash asks for m=${memoryKib},t=${passes},p=${lanes}, which we never ask for`,
  );
}

function deriveArgon2id(
  password: string,
  nonce: Buffer,
  { memoryKib, passes }: HashCost,
  lanes: number,
): Promise<Buffer> {
  return argon2Async('argon2id', {
    message: password.normalize('NFKC'),
    nonce,
    memory: memoryKib,
    passes,
    parallelism: lanes,
    tagLength: TAG_BYTES,
  });
}

/** Base64 without padding, as PHC strings have it. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/** Node's decoder ignores stray bits that no encoder writes: they would be a change that nobody notices. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (encode(bytes) === text) return bytes;
  throw new Error('A stored password hash has an unknown form: its base64 ends in stray bits');
}
