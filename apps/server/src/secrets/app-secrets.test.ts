import { makeSignature, symmetricEncrypt } from 'better-auth/crypto';
import { describe, expect, it } from 'vitest';
import { createAppSecrets, UndecryptableError } from './app-secrets.ts';

const FORMER = 'the former secret of the tests, long enough';
const CURRENT = 'the current secret of the tests, long enough';
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
    expect(await both.decrypt(await both.encrypt('data'))).toEqual({
      data: 'data',
      secretIndex: 0,
    });
    const old = await former.encrypt('data');
    expect(await both.decrypt(old)).toEqual({ data: 'data', secretIndex: 1 });
    expect((await current.decrypt(await both.encrypt('data'))).data).toBe('data');
  });

  it('open what Better Auth wrote, also under its numbered secrets', async () => {
    expect((await both.decrypt(await symmetricEncrypt({ key: FORMER, data: 'data' }))).data).toBe(
      'data',
    );
    const numbered = { keys: new Map([[7, FORMER]]), currentVersion: 7 };
    const stored = await symmetricEncrypt({ key: numbered, data: 'data' });
    expect(await both.decrypt(stored)).toEqual({ data: 'data', secretIndex: 1 });
  });

  it('refuse what none of them opens, and say which variable to look at', async () => {
    const stored = await former.encrypt('data');
    await expect(current.decrypt(stored)).rejects.toThrow(UndecryptableError);
    await expect(current.decrypt(stored)).rejects.toThrow(/MANA_AUTH_ACCEPTED_SECRETS/);
    for (const broken of [
      '',
      'plain',
      '00',
      stored.slice(2),
      `${stored}00`,
      `1${stored.slice(1)}`,
    ]) {
      if (broken === stored) continue;
      await expect(both.decrypt(broken)).rejects.toThrow(UndecryptableError);
    }
  });
});
