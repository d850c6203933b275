import { randomBytes } from 'node:crypto';
import { parseCookies } from 'better-auth/cookies';
import { type ClientRequest, toAuthHeaders } from '../../../better-auth/client-request.ts';
import type { Deps } from '../../../deps.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { isDeviceKnown } from './known-devices.repository.ts';

const COOKIE = 'device';
const ID_BYTES = 24;
/** The longest that browsers keep a cookie (RFC 6265bis section 5.5: 400 days). */
const COOKIE_TTL_SECONDS = 400 * 24 * 60 * 60;

/**
 * The id of the browser that calls, from its signed cookie `mana.device`; undefined without one of ours.
 * It says which browser this is, and nothing of who sits in front of it.
 */
export async function readDeviceId(
  request: ClientRequest,
  { auth, secrets }: Pick<Deps, 'auth' | 'secrets'>,
): Promise<string | undefined> {
  const { createAuthCookie } = await auth.$context;
  const signed = parseCookies(request.cookie ?? '').get(createAuthCookie(COOKIE).name);
  return signed === undefined ? undefined : secrets.verify(signed, 'mana.device');
}

/** The id of the calling browser if this user has signed in with it before, else null. */
export async function findKnownDevice(call: CallContext, userId: string): Promise<string | null> {
  const deviceId = await readDeviceId(call.request, call.deps);
  if (deviceId === undefined) return null;
  return (await isDeviceKnown(call.deps.db, { userId, deviceId })) ? deviceId : null;
}

/** An id for a browser: 24 random bytes, base64url. */
export function generateDeviceId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/** Sets the cookie by which a browser names itself from now on. */
export async function setDeviceCookie(call: CallContext, deviceId: string): Promise<void> {
  const { auth, secrets } = call.deps;
  const { headers } = await auth.api.setOwnCookie({
    body: {
      name: COOKIE,
      value: secrets.sign(deviceId, 'mana.device'),
      maxAgeSeconds: COOKIE_TTL_SECONDS,
    },
    headers: toAuthHeaders(call.request),
    returnHeaders: true,
  });
  call.forwardHeaders(headers);
}
