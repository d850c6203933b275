import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Kysely } from 'kysely';
import { SESSION_TTL_SECONDS } from '../../../better-auth/session-lifetime.ts';
import type { SuccessWrites } from '../../../sessions/settle-attempt.repository.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { recordEvent } from '../../../trpc/record-event.ts';
import { describeRequestOrigin } from '../../../trpc/request-origin.ts';
import { generateDeviceId, readDeviceId, setDeviceCookie } from './known-device.ts';
import { newDeviceMail } from './new-device.mails.ts';
import { issueAccessToken, type SignedIn } from './session.service.ts';

/** 192 bits, base64url, 32 characters; security check S12 wants 128 bits at least. */
const SESSION_TOKEN_BYTES = 24;
/** The first sign-ins to a new account are no news to its owner. */
const NEW_ACCOUNT_MS = 60 * 60_000;

/** What a sign-in rests on: a guess that was right, or a passkey. */
export interface SignInProof {
  /** The caller's device, if the account knows it. */
  readonly device: string | null;
  /** Settles the attempt as right, in one statement with `writes`. */
  succeed(db: Kysely<Database>, writes: SuccessWrites): Promise<void>;
}

interface CompletionOptions {
  readonly rehash?: SuccessWrites['rehash'];
  /** The caller's transaction, where the sign-in is part of one. */
  readonly db?: Kysely<Database>;
}

export interface CompletedSignIn {
  readonly signedIn: SignedIn;
  /** Tells trail and owner of a new device. To be called once the sign-in is committed. */
  notify(): void;
}

/**
 * Signs in a user who has proved who they are: settles the attempt and makes the session in one
 * statement, makes the browser a known one, sets the cookies and answers an access token.
 */
export async function completeSignIn(
  call: CallContext,
  user: User,
  proof: SignInProof,
  { rehash, db = call.deps.db }: CompletionOptions = {},
): Promise<CompletedSignIn> {
  const { auth, now } = call.deps;
  const at = now();
  const session = {
    id: randomUUID(),
    token: randomBytes(SESSION_TOKEN_BYTES).toString('base64url'),
    userId: user.id,
    expiresAt: new Date(at.getTime() + SESSION_TTL_SECONDS * 1000),
    userAgent: call.request.userAgent,
  };
  const deviceId = (await readDeviceId(call.request, call.deps)) ?? generateDeviceId();
  await proof.succeed(db, {
    session,
    device: { userId: user.id, deviceId },
    ...(rehash && { rehash }),
  });
  const { headers } = await auth.api.issueSessionCookie({
    body: { token: session.token },
    returnHeaders: true,
  });
  call.forwardHeaders(headers);
  await setDeviceCookie(call, deviceId);
  const signedIn = await issueAccessToken(call, { id: session.id, user });
  const notify = () => {
    if (proof.device === null) tellOfNewDevice(call, user, at);
  };
  return { signedIn, notify };
}

function tellOfNewDevice(call: CallContext, user: User, at: Date): void {
  const { config, mailer } = call.deps;
  recordEvent(call, 'KNOWN_DEVICE_ADDED', user.id);
  if (at.getTime() - user.created_at.getTime() < NEW_ACCOUNT_MS) return;
  const requestOrigin = describeRequestOrigin(call);
  mailer.send(newDeviceMail({ to: user.email, baseUrl: config.baseUrl, requestOrigin }));
}
