import type { RateLimitStore } from '@mana/auth-core/rate-limit/rate-limit-store';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import type { FaultTrace } from '@mana/db/client/fault-trace';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { AccessTokens } from './access-tokens/access-tokens.ts';
import type { SigningKeys } from './access-tokens/signing-keys.ts';
import type { Auth } from './better-auth/auth.ts';
import type { Config } from './config/config.ts';
import type { Log } from './logging/log.ts';
import type { Mailer } from './mail/mailer.ts';
import type { PasswordHasher } from './passwords/password-hasher.ts';
import type { CallLimits } from './rate-limits/call-limits.ts';
import type { UncertainAttempts } from './rate-limits/uncertain-attempts.ts';
import type { WorkQueue } from './rate-limits/work-queue.ts';
import type { ReadinessWatch } from './readiness/readiness-watch.ts';
import type { AppSecrets } from './secrets/app-secrets.ts';
import type { SecurityEvents } from './security-events/security-events.ts';
import type { AttemptDurations } from './timing-equalisation/attempt-durations.ts';

/** Everything that procedures work with. Built once, when the database is ready. */
export interface Deps {
  readonly config: Config;
  readonly db: Kysely<Database>;
  readonly faultTrace: FaultTrace;
  readonly auth: Auth;
  readonly secrets: AppSecrets;
  /** Wraps and opens the vaults' master keys. */
  readonly keyProvider: KeyProvider;
  readonly signingKeys: SigningKeys;
  readonly accessTokens: AccessTokens;
  /** Counts by client network, in memory, for this process. */
  readonly networkRateLimits: RateLimitStore;
  /** Counts by registered passkey and who presents it. */
  readonly passkeyRateLimits: RateLimitStore;
  readonly callLimits: CallLimits;
  readonly attemptDurations: AttemptDurations;
  readonly uncertainAttempts: UncertainAttempts;
  readonly passwordHasher: PasswordHasher;
  /** For calls that check a secret or send a mail: what doesn't fit is shed before it touches anything. */
  readonly guardedCalls: WorkQueue;
  readonly mailer: Mailer;
  readonly securityEvents: SecurityEvents;
  readonly readiness: ReadinessWatch;
  readonly log: Log;
  readonly now: () => Date;
}
