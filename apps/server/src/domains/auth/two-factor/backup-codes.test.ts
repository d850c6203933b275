import { symmetricEncrypt } from 'better-auth/crypto';
import { describe, expect, it } from 'vitest';
import { createAppSecrets, UndecryptableError } from '../../../secrets/app-secrets.ts';
import {
  generateBackupCodes,
  openBackupCodes,
  sealBackupCodes,
  useBackupCode,
} from './backup-codes.ts';

const secrets = createAppSecrets('a secret of the tests, and of nothing else', []);

describe('backup codes', () => {
  it('are ten different codes, without characters that look alike', () => {
    const all = Array.from({ length: 100 }, generateBackupCodes).flat();
    expect(new Set(all).size).toBe(1000);
    for (const code of all) expect(code).toMatch(/^[a-z2-7]{5}-[a-z2-7]{5}$/);
    // Every character of the alphabet turns up: none of the bits is lost.
    expect(new Set(all.join('').replaceAll('-', '')).size).toBe(32);
  });

  it('work once each', () => {
    let codes: readonly string[] = generateBackupCodes();
    for (const code of [...codes]) {
      const left = useBackupCode(codes, code);
      expect(left).toEqual(codes.filter((other) => other !== code));
      codes = left ?? [];
      expect(useBackupCode(codes, code)).toBeUndefined();
    }
    expect(codes).toEqual([]);
  });

  it('may be typed with spaces, without the hyphen, and in capitals', () => {
    const codes = ['abcde-fgh23', 'zzzzz-zzzzz'];
    for (const typed of ['abcdefgh23', 'ABCDE-FGH23', ' abcde fgh23 ', 'a-b-c-d-e-f-g-h-2-3']) {
      expect([typed, useBackupCode(codes, typed)]).toEqual([typed, ['zzzzz-zzzzz']]);
    }
    expect(useBackupCode(codes, 'abcde-fgh24')).toBeUndefined();
  });

  it('can’t be of another length: that is a slip, and no attempt', () => {
    const codes = ['abcde-fgh23', 'zzzzz-zzzzz'];
    for (const typed of ['', '-', 'abcde', 'abcdefgh2', 'abcdefgh234', 'abcde_fgh23']) {
      const use = () => useBackupCode(codes, typed);
      expect(use).toThrow(expect.objectContaining({ code: 'VALIDATION', path: 'code' }));
    }
  });

  it('with capitals, as Better Auth makes them, must be typed exactly', () => {
    const codes = ['aB3dE-fG7hI'];
    expect(useBackupCode(codes, 'ab3de-fg7hi')).toBeUndefined();
    expect(useBackupCode(codes, 'AB3DE-FG7HI')).toBeUndefined();
    expect(useBackupCode(codes, 'aB3dEfG7hI')).toEqual([]);
  });

  it('are read as we seal them, as Better Auth stores them, and from a plain list', async () => {
    const codes = ['aB3dE-fG7hI', 'zY9xW-vU5tS'];
    const data = JSON.stringify(codes);
    const encrypted = await symmetricEncrypt({ key: secrets.current, data });
    for (const older of [encrypted, data]) {
      expect(await openBackupCodes(secrets, 'ada', older)).toEqual({ codes, isCurrent: false });
    }
    const sealed = sealBackupCodes(secrets, 'ada', codes);
    expect(sealed).not.toContain('fG7hI');
    expect(await openBackupCodes(secrets, 'ada', sealed)).toEqual({ codes, isCurrent: true });
    expect((await openBackupCodes(secrets, 'ada', null)).codes).toEqual([]);
    await expect(openBackupCodes(secrets, 'bob', sealed)).rejects.toThrow(UndecryptableError);
  });

  it('that nothing opens, or that aren’t a list, are an error and not an empty list', async () => {
    const foreign = await symmetricEncrypt({ key: 'somebody else', data: '[]' });
    const noList = await symmetricEncrypt({ key: secrets.current, data: '{"codes":[]}' });
    for (const stored of [foreign, noList, '[1,2]', '[', 'abcde-fgh23']) {
      await expect(openBackupCodes(secrets, 'ada', stored)).rejects.toThrow();
    }
  });
});
