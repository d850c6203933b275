import { expect, it } from 'vitest';
import { findTwoFactorRequest } from './two-factor-request.ts';

it('reads what the server requires', () => {
  const twoFactor = { methods: ['totp', 'backupCode'], challenge: 'secret' };
  expect(findTwoFactorRequest({ twoFactor })).toEqual(twoFactor);
  expect(findTwoFactorRequest({ twoFactor: { methods: ['totp'] } })).toEqual({ methods: ['totp'] });
});

it("leaves out what this version doesn't know", () => {
  const newer = { methods: ['moonbeam', 'backupCode', 7], hint: 'new', challenge: 7 };
  expect(findTwoFactorRequest({ twoFactor: newer })).toEqual({ methods: ['backupCode'] });
  expect(findTwoFactorRequest({ twoFactor: { methods: ['moonbeam'] } })).toBeUndefined();
});

it.each([
  undefined,
  null,
  'text',
  {},
  { twoFactor: null },
  { twoFactor: { methods: 'totp' } },
  { twoFactor: { methods: [] } },
])('finds nothing in %j', (data) => {
  expect(findTwoFactorRequest(data)).toBeUndefined();
});

it("doesn't throw for data that throws when read", () => {
  const data = {
    get twoFactor() {
      throw new Error('broken');
    },
  };
  expect(findTwoFactorRequest(data)).toBeUndefined();
});
