import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Kysely } from 'kysely';
import { issueSessionCookie } from '../../../better-auth/cookies.ts';
import { SESSION_TTL_SECONDS } from '../../../better-auth/session-lifetime.ts';
import { toNotice } from '../../../mail/notify-owner.ts';
import { toEvent } from '../../../security-events/record-event.ts';
import { isMultiFactor, isSecondFactorOn } from '../../../sessions/factors.ts';
import { createSessionKey } from '../../../sessions/replace-session.repository.ts';
import type { SuccessWrites } from '../../../sessions/settle-attempt.repository.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { createDeviceId, setDeviceCookie } from '../known-device.service.ts';
import { requestSecondFactor } from '../two-factor/second-factor-challenge.ts';
import { issueAccessToken, type SignedIn } from './session.service.ts';
import { newDeviceMail } from './sign-in.mails.ts';

/** The first sign-ins to a new account are no news to its owner. */
const NEW_ACCOUNT_MS = 60 * 60_000;

/** What a sign-in rests on: an attempt whose secret was right, or a passkey. */
export interface SignInProof {
  /** The factors that were proven (RFC 8176). */
  readonly amr: readonly string[];
  /** The caller's device, if the account knows it. */
  readonly device: string | null;
  /** Settles the attempt as successful, in one statement with `writes`. */
  succeed(db: Kysely<Database>, writes: SuccessWrites): Promise<void>;
}

interface CompletionOptions {
  readonly rehash?: SuccessWrites['rehash'];
  /** The caller's transaction, if the sign-in is part of one. */
  readonly db?: Kysely<Database>;
}

/**
 * Signs in a user who has proved who they are: in one statement it settles the attempt, makes the session and
 * makes the browser a known one, of which the audit log and the owner are told. Sets the cookies and answers an
 * access token.
 */
export async function completeSignIn(
  call: CallContext,
  user: User,
  proof: SignInProof,
  { rehash, db = call.deps.db }: CompletionOptions = {},
): Promise<SignedIn> {
  const { auth, now } = call.deps;
  const at = now();
  const session = {
    ...createSessionKey(),
    userId: user.id,
    amr: proof.amr,
    expiresAt: new Date(at.getTime() + SESSION_TTL_SECONDS * 1000),
    userAgent: call.request.userAgent,
  };
  const deviceId = proof.device ?? createDeviceId();
  await proof.succeed(db, {
    session,
    device: { userId: user.id, deviceId },
    ...(rehash && { rehash }),
    ...(proof.device === null && tellOfNewDevice(call, user, at)),
  });
  call.forwardHeaders(await issueSessionCookie(auth, session.token));
  await setDeviceCookie(call, deviceId);
  return issueAccessToken(call, { ...session, user, authenticatedAt: at });
}

/** Somebody whom a credential other than a password has authenticated. */
interface AuthenticatedUser {
  readonly user: User;
  /** The caller's device, if the account knows it. */
  readonly device: string | null;
  /** What the second factor's own row says, null if there is none. */
  readonly factorEnabled: boolean | null;
  /** The factors that the credential has proven (RFC 8176). */
  readonly amr: readonly string[];
  /** Uses the credential up without signing in. */
  readonly use: (db: Kysely<Database>) => Promise<void>;
  readonly succeed: SignInProof['succeed'];
}

/**
 * Signs in a user whom something other than a password has authenticated, if the account meets what `login`
 * requires. Throws EMAIL_NOT_VERIFIED, TWO_FACTOR_REQUIRED and what `use` and `succeed` throw; before any of
 * it the credential is used up.
 */
export async function signInAuthenticated(
  call: CallContext,
  { user, device, factorEnabled, amr, use, succeed }: AuthenticatedUser,
): Promise<SignedIn> {
  const { db } = call.deps;
  if (!user.email_verified) {
    await use(db);
    throw new AuthError('EMAIL_NOT_VERIFIED');
  }
  if (!isMultiFactor(amr) && isSecondFactorOn(user, { enabled: factorEnabled })) {
    throw await db.transaction().execute(async (trx) => {
      await use(trx);
      return requestSecondFactor(call, { user, amr }, trx);
    });
  }
  return completeSignIn(call, user, { amr, device, succeed });
}

function tellOfNewDevice(
  call: CallContext,
  user: User,
  at: Date,
): Pick<SuccessWrites, 'event' | 'mail'> {
  const event = toEvent(call, 'KNOWN_DEVICE_ADDED', user.id);
  if (at.getTime() - user.created_at.getTime() < NEW_ACCOUNT_MS) return { event };
  const notice = toNotice(call, user.email, newDeviceMail);
  return { event, mail: (source) => call.deps.mailer.queueFor(source, notice) };
}
