import { TOTP } from 'otpauth';
import { issueToken } from '../../src/domains/auth/tokens/single-use-tokens.service.ts';
import {
  generateBackupCodes,
  sealBackupCodes,
} from '../../src/domains/auth/two-factor/backup-codes.ts';
import { sealTotpKey } from '../../src/domains/auth/two-factor/stored-totp-key.ts';
import { generateTotpKey } from '../../src/domains/auth/two-factor/totp.ts';
import type { InsertedUser } from './insert-user.ts';
import type { TestServer } from './test-server.ts';

const CHALLENGE_TTL_SECONDS = 600;

/** A second factor that was put into the database. */
export interface InsertedSecondFactor {
  /** What the app shows now, by the server's clock. */
  code(): string;
  readonly backupCodes: readonly string[];
  /** As a sign-in with the password would have left it. */
  readonly challenge: string;
}

/** Puts a second factor straight into the database: in use, or waiting for its first code. */
export async function insertSecondFactor(
  { deps, owner }: TestServer,
  { id: userId, email, sessionId }: InsertedUser,
  { enabled = true }: { enabled?: boolean } = {},
): Promise<InsertedSecondFactor> {
  const key = generateTotpKey();
  const backupCodes = generateBackupCodes();
  await owner
    .insertInto('auth.two_factor_auth')
    .values({
      user_id: userId,
      enabled,
      secret: sealTotpKey(deps.secrets, userId, key),
      backup_codes: sealBackupCodes(deps.secrets, userId, backupCodes),
      enabled_at: enabled ? deps.now() : null,
      session_family_id: enabled ? null : sessionId,
    })
    .execute();
  await owner
    .updateTable('auth.users')
    .set({ two_factor_enabled: enabled })
    .where('id', '=', userId)
    .execute();
  if (enabled) {
    // As if every session had begun with both factors.
    await owner
      .updateTable('auth.sessions')
      .set({ amr: ['pwd', 'otp', 'mfa'] })
      .where('user_id', '=', userId)
      .execute();
  }
  const challenge = await issueToken(
    owner,
    { purpose: 'two-factor', userId, email },
    { from: deps.now(), ttlSeconds: CHALLENGE_TTL_SECONDS },
  );
  const totp = new TOTP({ secret: key });
  return {
    backupCodes,
    challenge,
    code: () => totp.generate({ timestamp: deps.now().getTime() }),
  };
}
