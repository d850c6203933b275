import { randomBytes } from 'node:crypto';
import { readCookies, setOwnCookie } from '../../better-auth/cookies.ts';
import type { CallContext } from '../../trpc/context.ts';
import { isDeviceKnown } from './known-devices.repository.ts';

const SIGNATURE_PURPOSE = 'mana.device';
const ID_BYTES = 24;
/** The longest that browsers keep a cookie (RFC 6265bis section 5.5: 400 days). */
const COOKIE_TTL_SECONDS = 400 * 24 * 60 * 60;

/**
 * The id of the calling browser, from its first cookie `mana.device` that we signed; undefined without one.
 * It tells which browser this is, and nothing about who is using it.
 */
export async function readDeviceId({ deps, request }: CallContext): Promise<string | undefined> {
  for (const signed of await readCookies(deps.auth, request, 'device')) {
    const id = deps.secrets.verify(signed, SIGNATURE_PURPOSE);
    if (id !== undefined) return id;
  }
  return undefined;
}

/**
 * A new id for the calling browser (24 random bytes, base64url), which its cookie has yet to carry. An account
 * never adopts the id that a browser brings: somebody else may have planted it and kept a copy.
 */
export function createDeviceId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/** The id of the calling browser if this user has signed in with it before, else null. */
export async function findKnownDevice(call: CallContext, userId: string): Promise<string | null> {
  const deviceId = await readDeviceId(call);
  if (deviceId === undefined) return null;
  return (await isDeviceKnown(call.deps.db, { userId, deviceId })) ? deviceId : null;
}

/** Sets the cookie by which a browser is recognised from now on. */
export async function setDeviceCookie(call: CallContext, deviceId: string): Promise<void> {
  const { auth, secrets } = call.deps;
  const value = secrets.sign(deviceId, SIGNATURE_PURPOSE);
  const cookie = { name: 'device', value, maxAgeSeconds: COOKIE_TTL_SECONDS } as const;
  call.forwardHeaders(await setOwnCookie(auth, cookie));
}
