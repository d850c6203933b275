import { base32 } from '@better-auth/utils/base32';
import { createOTP } from '@better-auth/utils/otp';
import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto';
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
    const { key, isCurrent } = await openTotpKey(secrets, stored);
    const code = await createOTP(BETTER_AUTH_KEY).totp();
    expect(findTotpStep(key, code, new Date())).not.toBeNull();
    expect(isCurrent).toBe(true);
  });

  it('from us can be read by Better Auth, like a key that was brought along', async () => {
    const key = generateTotpKey();
    const stored = await sealTotpKey(secrets, key);
    const data = await symmetricDecrypt({ key: CURRENT, data: stored });
    expect(data).toMatch(/^base32:/);
    const code = await createOTP(base32.decode(data.slice(7))).totp();
    expect(findTotpStep(key, code, new Date())).not.toBeNull();
    expect((await openTotpKey(secrets, stored)).key.base32).toBe(key.base32);
  });

  it('keeps its bytes when it is sealed again', async () => {
    const { key } = await openTotpKey(secrets, await secrets.encrypt(BETTER_AUTH_KEY));
    const again = await openTotpKey(secrets, await sealTotpKey(secrets, key));
    expect(Buffer.from(again.key.bytes).toString()).toBe(BETTER_AUTH_KEY);
  });

  it.each([
    ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
    ['gezdgnbvgy3tqojqgezdgnbvgy3tqojq'],
    ['GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ'],
    ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ===='],
  ])('is read from plain base32 too, and is not yet protected: %s', async (stored) => {
    const { key, isCurrent } = await openTotpKey(secrets, stored);
    expect(key.base32).toBe(Secret.fromUTF8('12345678901234567890').base32);
    expect(isCurrent).toBe(false);
  });

  it('under an earlier secret opens, and is to be sealed again', async () => {
    const stored = await symmetricEncrypt({ key: FORMER, data: BETTER_AUTH_KEY });
    expect((await openTotpKey(secrets, stored)).isCurrent).toBe(false);
  });

  it('that nothing opens is refused', async () => {
    const foreign = await symmetricEncrypt({ key: 'somebody else', data: BETTER_AUTH_KEY });
    for (const stored of ['', 'GEZDGNBVGY', 'not a key at all!', foreign, foreign.slice(2)]) {
      await expect(openTotpKey(secrets, stored)).rejects.toThrow(UndecryptableError);
    }
  });
});
