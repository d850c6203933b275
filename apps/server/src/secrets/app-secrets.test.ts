import { makeSignature, symmetricEncrypt } from 'better-auth/crypto';
import { describe, expect, it } from 'vitest';
import { createAppSecrets, UndecryptableError } from './app-secrets.ts';

const FORMER = 'the former secret of the tests, long enough';
const CURRENT = 'the current secret of the tests, long enough';
const OF_ADA = { purpose: 'totp-key', owner: 'ada' } as const;
const former = createAppSecrets(FORMER, []);
const current = createAppSecrets(CURRENT, []);
const both = createAppSecrets(CURRENT, [FORMER, CURRENT]);

describe('app secrets', () => {
  it('keep the current one first and list each once', () => {
    expect(both.accepted).toEqual([CURRENT, FORMER]);
  });

  it('accept what was signed under any of them, and sign under the current one', () => {
    const old = former.sign('a.device', 'mana.device');
    expect(both.verify(old, 'mana.device')).toBe('a.device');
    expect(current.verify(old, 'mana.device')).toBeUndefined();
    expect(current.verify(both.sign('a.device', 'mana.device'), 'mana.device')).toBe('a.device');
  });

  it('accept a signature only for its own purpose', async () => {
    const signed = both.sign('value', 'mana.two_factor');
    expect(both.verify(signed, 'mana.two_factor')).toBe('value');
    expect(both.verify(signed, 'mana.device')).toBeUndefined();
    expect(await both.verifyAuthCookie(signed)).toBeUndefined();
    const cookie = `value.${await makeSignature('value', CURRENT)}`;
    expect(both.verify(cookie, 'mana.device')).toBeUndefined();
  });

  it('accept no signature with a changed, added or missing character', () => {
    const signed = both.sign('value', 'mana.device');
    for (let i = 0; i < signed.length; i += 1) {
      for (const character of ['A', 'B', '.', '=', '']) {
        const forged = signed.slice(0, i) + character + signed.slice(i + 1);
        if (forged === signed) continue;
        expect([forged, both.verify(forged, 'mana.device')]).toEqual([forged, undefined]);
      }
    }
    for (const forged of ['', '.', 'value', 'value.', `${signed}=`, `${signed} `]) {
      expect(both.verify(forged, 'mana.device')).toBeUndefined();
    }
  });

  it("accept Better Auth's cookies under any of them", async () => {
    for (const secret of [FORMER, CURRENT]) {
      const cookie = `token.${await makeSignature('token', secret)}`;
      expect(await both.verifyAuthCookie(cookie)).toBe('token');
      expect(await both.verifyAuthCookie(cookie.replace('token', 'other'))).toBeUndefined();
    }
    const stranger = `token.${await makeSignature('token', 'another secret altogether, long enough')}`;
    expect(await both.verifyAuthCookie(stranger)).toBeUndefined();
    expect(await both.verifyAuthCookie('.')).toBeUndefined();
    expect(await both.verifyAuthCookie(`.${await makeSignature('', CURRENT)}`)).toBeUndefined();
  });

  it('encrypt under the current one, and say which one opened a value', async () => {
    expect(await both.decrypt(both.encrypt('data', OF_ADA), OF_ADA)).toEqual({
      data: 'data',
      secretIndex: 0,
      isCurrent: true,
    });
    const old = former.encrypt('data', OF_ADA);
    expect(await both.decrypt(old, OF_ADA)).toEqual({
      data: 'data',
      secretIndex: 1,
      isCurrent: false,
    });
    expect((await current.decrypt(both.encrypt('data', OF_ADA), OF_ADA)).data).toBe('data');
  });

  it('open a value for its owner and purpose alone', async () => {
    const sealed = both.encrypt('data', OF_ADA);
    const others = [
      { ...OF_ADA, owner: 'bob' },
      { ...OF_ADA, owner: '' },
      { ...OF_ADA, purpose: 'backup-codes' },
      { ...OF_ADA, purpose: 'signing-key' },
      { ...OF_ADA, purpose: 'mail' },
    ] as const;
    for (const other of others) {
      await expect(both.decrypt(sealed, other)).rejects.toThrow(UndecryptableError);
    }
  });

  it('open no value with a changed, added or missing character', async () => {
    const sealed = both.encrypt('data', OF_ADA);
    for (let i = 0; i < sealed.length; i += 1) {
      for (const character of ['A', 'B', '=', '']) {
        const forged = sealed.slice(0, i) + character + sealed.slice(i + 1);
        if (forged === sealed) continue;
        await expect(both.decrypt(forged, OF_ADA)).rejects.toThrow(UndecryptableError);
      }
    }
  });

  it('open what Better Auth wrote, also under its numbered secrets', async () => {
    const unbound = { data: 'data', secretIndex: 1, isCurrent: false };
    const plain = await symmetricEncrypt({ key: FORMER, data: 'data' });
    expect(await both.decrypt(plain, OF_ADA)).toEqual(unbound);
    const numbered = { keys: new Map([[7, FORMER]]), currentVersion: 7 };
    const stored = await symmetricEncrypt({ key: numbered, data: 'data' });
    expect(await both.decrypt(stored, OF_ADA)).toEqual(unbound);
  });

  it('refuse what none of them opens, and say which variable to look at', async () => {
    const bound = former.encrypt('data', OF_ADA);
    const stored = await symmetricEncrypt({ key: FORMER, data: 'data' });
    for (const foreign of [bound, stored]) {
      await expect(current.decrypt(foreign, OF_ADA)).rejects.toThrow(UndecryptableError);
      await expect(current.decrypt(foreign, OF_ADA)).rejects.toThrow(/MANA_AUTH_ACCEPTED_SECRETS/);
    }
    for (const broken of [
      '',
      'plain',
      '00',
      stored.slice(2),
      `${stored}00`,
      `1${stored.slice(1)}`,
    ]) {
      if (broken === stored) continue;
      await expect(both.decrypt(broken, OF_ADA)).rejects.toThrow(UndecryptableError);
    }
  });
});
