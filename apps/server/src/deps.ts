import type { Database } from '@mana/db/database';
import type { FaultTrace } from '@mana/db/fault-trace';
import type { Kysely } from 'kysely';
import type { AccessTokens } from './access-tokens/access-tokens.ts';
import type { SigningKeys } from './access-tokens/signing-keys.ts';
import type { Auth } from './better-auth.ts';
import type { CallLimits } from './call-limits.ts';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import type { Mailer } from './mail/mailer.ts';
import type { ReadinessWatch } from './readiness/readiness-watch.ts';
import type { SecurityEvents } from './security-events/security-events.ts';

/** Everything that a procedure is built from. Made once, when the database is ready. */
export interface Deps {
  readonly config: Config;
  readonly db: Kysely<Database>;
  readonly faultTrace: FaultTrace;
  readonly auth: Auth;
  readonly signingKeys: SigningKeys;
  readonly accessTokens: AccessTokens;
  readonly callLimits: CallLimits;
  readonly mailer: Mailer;
  readonly securityEvents: SecurityEvents;
  readonly readiness: ReadinessWatch;
  readonly log: Log;
  readonly now: () => Date;
}
