import { argon2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const argon2Async = promisify(argon2);
const scryptAsync = promisify<string, string, number, object, Buffer>(scrypt);

/** OWASP's parameters for argon2id: 19 MiB of memory, two passes, one lane. */
const MEMORY_KIB = 19 * 1024;
const PASSES = 2;
const LANES = 1;
const TAG_BYTES = 32;
const SALT_BYTES = 16;

/** Longest password that is hashed, in characters. None is ever cut: a longer one is refused. */
export const PASSWORD_MAX_LENGTH = 256;

/**
 * Hashes with argon2id (RFC 9106) under a fresh 16-byte salt, off the main thread. The answer is a PHC
 * string. The password is normalised to NFKC first, so that every keyboard types the same one.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await deriveArgon2id(password, salt, {
    memory: MEMORY_KIB,
    passes: PASSES,
    parallelism: LANES,
    tagLength: TAG_BYTES,
  });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${encode(salt)}$${encode(tag)}`;
}

/**
 * Tells whether the password is the one that was hashed, in constant time. Reads argon2id PHC strings
 * and Better Auth's older scrypt hashes (`salt:key` in hex). Throws on a hash of neither form: a
 * damaged row is the server's fault and never a wrong password.
 */
export async function verifyPassword(stored: { hash: string; password: string }): Promise<boolean> {
  const { hash, password } = stored;
  const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(hash);
  if (phc) {
    const [, memory, passes, parallelism, salt = '', tag = ''] = phc;
    const expected = Buffer.from(tag, 'base64');
    const actual = await deriveArgon2id(password, Buffer.from(salt, 'base64'), {
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
      tagLength: expected.length,
    });
    return timingSafeEqual(actual, expected);
  }
  const legacy = /^([0-9a-f]{32}):([0-9a-f]{128})$/.exec(hash);
  if (legacy) {
    const [, salt = '', key = ''] = legacy;
    const options = { N: 16_384, r: 16, p: 1, maxmem: 128 * 16_384 * 16 * 2 };
    const actual = await scryptAsync(password.normalize('NFKC'), salt, 64, options);
    return timingSafeEqual(actual, Buffer.from(key, 'hex'));
  }
  throw new Error('A stored password hash has an unknown form; was auth.accounts.password edited?');
}

interface Argon2Cost {
  memory: number;
  passes: number;
  parallelism: number;
  tagLength: number;
}

function deriveArgon2id(password: string, nonce: Buffer, cost: Argon2Cost): Promise<Buffer> {
  return argon2Async('argon2id', { message: password.normalize('NFKC'), nonce, ...cost });
}

/** Base64 without padding, as PHC strings want it. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
