import { commonAuthenticatorNames } from '@better-auth/passkey';
import { expect, it } from 'vitest';
import { findAuthenticatorName } from './authenticator-name.ts';

it.each(Object.keys(commonAuthenticatorNames))('%s, which is common, has a name', (aaguid) => {
  expect(findAuthenticatorName(aaguid)).toEqual(expect.any(String));
});

it('a product is named as its users know it', () => {
  expect(findAuthenticatorName('ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4')).toBe(
    'Google Password Manager',
  );
  expect(findAuthenticatorName('2fc0579f-8113-47ea-b116-bb5a8db9202a')).toContain('YubiKey 5');
});

it.each([null, '', '00000000-0000-0000-0000-000000000000', 'constructor', '__proto__'])(
  '%j names nothing',
  (aaguid) => {
    expect(findAuthenticatorName(aaguid)).toBeUndefined();
  },
);
