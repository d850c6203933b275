import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from './passwords.ts';

describe('S26: password hashes', () => {
  it("are argon2id at OWASP's parameters, each with a salt of its own", async () => {
    const [a, b] = [await hashPassword('correct horse'), await hashPassword('correct horse')];
    expect(a).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(a).not.toBe(b);
  });

  it.each(['correct horse', 'a'.repeat(256), 'pässwörd ✓ 密码', ' leading and trailing '])(
    'accept the password and no other: %j',
    async (password) => {
      const hash = await hashPassword(password);
      expect(await verifyPassword({ hash, password })).toBe(true);
      expect(await verifyPassword({ hash, password: `${password}x` })).toBe(false);
      expect(await verifyPassword({ hash, password: password.slice(0, -1) })).toBe(false);
      expect(await verifyPassword({ hash, password: '' })).toBe(false);
    },
  );

  it('do not cut: a change in the last of 256 characters is seen', async () => {
    const hash = await hashPassword(`${'a'.repeat(255)}b`);
    expect(await verifyPassword({ hash, password: `${'a'.repeat(255)}c` })).toBe(false);
  });

  it('are the same for the two ways to type an umlaut', async () => {
    const hash = await hashPassword('p\u00e4ss');
    expect(await verifyPassword({ hash, password: 'pa\u0308ss' })).toBe(true);
  });

  it("of Better Auth's older scrypt form verify too", async () => {
    const salt = 'ab'.repeat(16);
    const options = { N: 16_384, r: 16, p: 1, maxmem: 2 ** 27 };
    const hash = `${salt}:${scryptSync('correct horse', salt, 64, options).toString('hex')}`;
    expect(await verifyPassword({ hash, password: 'correct horse' })).toBe(true);
    expect(await verifyPassword({ hash, password: 'wrong' })).toBe(false);
  });

  it.each(['', 'plain', '$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA', 'ab:cd', '$2b$10$abc'])(
    'that are damaged are an error of ours and never a wrong password: %j',
    async (hash) => {
      await expect(verifyPassword({ hash, password: 'x' })).rejects.toThrow(/unknown form/);
    },
  );
});
