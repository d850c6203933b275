import { argon2Sync, scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashPassword, needsRehash, verifyPasswordHash } from './password-hash.ts';

const OWASP = { memoryKib: 19_456, passes: 2 };
const CHEAP = { memoryKib: 64, passes: 1 };
const SALT = 'AAECAwQFBgcICQoLDA0ODw';
const TAG = 'A'.repeat(43);

function scryptHash(password: string): string {
  const salt = 'ab'.repeat(16);
  const options = { N: 16_384, r: 16, p: 1, maxmem: 2 ** 27 };
  return `${salt}:${scryptSync(password, salt, 64, options).toString('hex')}`;
}

describe('S26: password hashes', () => {
  it("are argon2id with OWASP's parameters, each with its own salt", async () => {
    const [a, b] = [
      await hashPassword('correct horse', OWASP),
      await hashPassword('correct horse', OWASP),
    ];
    expect(a).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(a).not.toBe(b);
  });

  it('are the argon2id of RFC 9106, as OpenSSL makes it', async () => {
    const hash = await hashPassword('correct horse', { memoryKib: 20_000, passes: 3 });
    const [, , , cost, salt = '', tag] = hash.split('$');
    const expected = argon2Sync('argon2id', {
      message: 'correct horse',
      nonce: Buffer.from(salt, 'base64'),
      memory: 20_000,
      passes: 3,
      parallelism: 1,
      tagLength: 32,
    });
    expect(cost).toBe('m=20000,t=3,p=1');
    expect(Buffer.from(tag ?? '', 'base64')).toEqual(expected);
  });

  it.each([
    'correct horse',
    'a'.repeat(64),
    'a'.repeat(72),
    'a'.repeat(256),
    'pässwörd ✓ 密码',
    'nul\0inside',
    ' leading and trailing ',
  ])('accept the password and no other: %j', async (password) => {
    const hash = await hashPassword(password, CHEAP);
    expect(await verifyPasswordHash({ hash, password })).toBe(true);
    expect(await verifyPasswordHash({ hash, password: `${password}x` })).toBe(false);
    expect(await verifyPasswordHash({ hash, password: password.slice(0, -1) })).toBe(false);
    expect(await verifyPasswordHash({ hash, password: '' })).toBe(false);
  });

  it('are not truncated: a change in the last of 256 characters counts', async () => {
    const hash = await hashPassword(`${'a'.repeat(255)}b`, CHEAP);
    expect(await verifyPasswordHash({ hash, password: `${'a'.repeat(255)}c` })).toBe(false);
  });

  it('are the same for the two ways to type an umlaut', async () => {
    const hash = await hashPassword('p\u00e4ss', CHEAP);
    expect(await verifyPasswordHash({ hash, password: 'pa\u0308ss' })).toBe(true);
  });

  it("of Better Auth's older scrypt form verify too", async () => {
    const hash = scryptHash('p\u00e4ssword');
    expect(await verifyPasswordHash({ hash, password: 'pa\u0308ssword' })).toBe(true);
    expect(await verifyPasswordHash({ hash, password: 'password' })).toBe(false);
  });

  it('verify with the parameters that they were made with', async () => {
    const hash = await hashPassword('correct horse', { memoryKib: 64, passes: 1 });
    expect(await verifyPasswordHash({ hash, password: 'correct horse' })).toBe(true);
  });
});

describe('S26: a stored hash', () => {
  it.each([
    ['scrypt', scryptHash('x'), true],
    ['argon2id with less memory', `$argon2id$v=19$m=19455,t=3,p=1$${SALT}$${TAG}`, true],
    ['argon2id with fewer passes', `$argon2id$v=19$m=99999,t=1,p=1$${SALT}$${TAG}`, true],
    ['argon2id at the cost', `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${TAG}`, false],
    ['argon2id above the cost', `$argon2id$v=19$m=65536,t=3,p=1$${SALT}$${TAG}`, false],
  ])('of %s is renewed: %#', (_name, hash, isRenewed) => {
    expect(needsRehash(hash, OWASP)).toBe(isRenewed);
  });

  it.each([
    '',
    'plain',
    'ab:cd',
    '$2b$10$abc',
    '$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA',
    `$argon2id$v=16$m=19456,t=2,p=1$${SALT}$${TAG}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${TAG.slice(1)}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${TAG}\n`,
    `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${TAG.slice(1)}_`,
    `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${TAG.slice(1)}B`,
    `${scryptHash('x')}0`,
    scryptHash('x').toUpperCase(),
  ])('that is damaged is a server error and never a wrong password: %j', async (hash) => {
    await expect(verifyPasswordHash({ hash, password: 'x' })).rejects.toThrow(/unknown form/);
    expect(() => needsRehash(hash, OWASP)).toThrow(/unknown form/);
  });

  it.each(['m=99999999,t=2,p=1', 'm=19456,t=9999,p=1', 'm=19456,t=2,p=999', 'm=7,t=1,p=1'])(
    'that asks for more than we ever do is refused before any work is done: %s',
    async (cost) => {
      const hash = `$argon2id$v=19$${cost}$${SALT}$${TAG}`;
      const start = performance.now();
      await expect(verifyPasswordHash({ hash, password: 'x' })).rejects.toThrow(/we never ask for/);
      expect(performance.now() - start).toBeLessThan(100);
    },
  );
});
