import { base32 } from '@better-auth/utils/base32';
import { createOTP } from '@better-auth/utils/otp';
import { symmetricEncrypt } from 'better-auth/crypto';
import { Secret } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { createAppSecrets, UndecryptableError } from '../../../secrets/app-secrets.ts';
import { openTotpKey, sealTotpKey } from './stored-totp-key.ts';
import { findTotpStep, generateTotpKey } from './totp.ts';

const FORMER = 'the former secret of the tests, long enough';
const CURRENT = 'the current secret of the tests, long enough';
const secrets = createAppSecrets(CURRENT, [FORMER]);
const BETTER_AUTH_KEY = 'kP3xQ9-vB_7mZ2aR5tY8wL1cN4dF6gH0';

describe('a stored TOTP key', () => {
  it('from Better Auth makes the same codes as in Better Auth', async () => {
    const stored = await symmetricEncrypt({ key: CURRENT, data: BETTER_AUTH_KEY });
    const { key, isCurrent } = await openTotpKey(secrets, 'ada', stored);
    const code = await createOTP(BETTER_AUTH_KEY).totp();
    expect(findTotpStep(key, code, new Date())).not.toBeNull();
    expect(isCurrent).toBe(false);
  });

  it('from us makes the codes of the key, and opens for its user alone', async () => {
    const key = generateTotpKey();
    const stored = sealTotpKey(secrets, 'ada', key);
    const opened = await openTotpKey(secrets, 'ada', stored);
    expect([opened.key.base32, opened.isCurrent]).toEqual([key.base32, true]);
    const code = await createOTP(base32.decode(key.base32)).totp();
    expect(findTotpStep(opened.key, code, new Date())).not.toBeNull();
    await expect(openTotpKey(secrets, 'bob', stored)).rejects.toThrow(UndecryptableError);
  });

  it('keeps its bytes when it is sealed again', async () => {
    const stored = await symmetricEncrypt({ key: CURRENT, data: BETTER_AUTH_KEY });
    const { key } = await openTotpKey(secrets, 'ada', stored);
    const again = await openTotpKey(secrets, 'ada', sealTotpKey(secrets, 'ada', key));
    expect(Buffer.from(again.key.bytes).toString()).toBe(BETTER_AUTH_KEY);
  });

  it.each([
    ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
    ['gezdgnbvgy3tqojqgezdgnbvgy3tqojq'],
    ['GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ'],
    ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ===='],
  ])('is read from plain base32 too, and is not yet protected: %s', async (stored) => {
    const { key, isCurrent } = await openTotpKey(secrets, 'ada', stored);
    expect(key.base32).toBe(Secret.fromUTF8('12345678901234567890').base32);
    expect(isCurrent).toBe(false);
  });

  it('under an earlier secret opens, and is to be sealed again', async () => {
    const stored = await symmetricEncrypt({ key: FORMER, data: BETTER_AUTH_KEY });
    expect((await openTotpKey(secrets, 'ada', stored)).isCurrent).toBe(false);
  });

  it('that nothing opens is refused', async () => {
    const foreign = await symmetricEncrypt({ key: 'somebody else', data: BETTER_AUTH_KEY });
    for (const stored of ['', 'GEZDGNBVGY', 'not a key at all!', foreign, foreign.slice(2)]) {
      await expect(openTotpKey(secrets, 'ada', stored)).rejects.toThrow(UndecryptableError);
    }
  });
});
