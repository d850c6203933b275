import { Secret, TOTP } from 'otpauth';
import { renderSVG } from 'uqr';

/** As authenticator apps show it above the code. */
const ISSUER = 'Mana';
/** RFC 4226 section 4, R6 recommends 160 bits. */
const KEY_BYTES = 20;
/** RFC 6238 section 5.2 recommends at most one step for the delay; a clock that is ahead gets one too. */
const WINDOW_STEPS = 1;
/** What every authenticator app does, whatever the URI says. */
const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;

/** Secret. The key that a server and an authenticator app share. */
export type TotpKey = Secret;

/** A new random key of 160 bits. Secret. */
export function generateTotpKey(): TotpKey {
  return new Secret({ size: KEY_BYTES });
}

/** What an app needs to make codes with a key. Secret, all of it. */
export interface TotpEnrolment {
  /** `otpauth://totp/…`, the key URI format of authenticator apps. */
  readonly uri: string;
  /** Base32 (RFC 4648), to be typed if the code can't be scanned. */
  readonly secret: string;
  /** The URI as a QR code: an SVG document, dark on white, that brings its own background. */
  readonly qrCode: string;
}

/** Renders a key in every form that authenticator apps accept. `email` is the label they show. */
export function describeTotp(key: TotpKey, email: string): TotpEnrolment {
  const uri = new TOTP({ ...PARAMETERS, issuer: ISSUER, label: email, secret: key }).toString();
  return { uri, secret: key.base32, qrCode: renderSVG(uri, { border: 4, ecc: 'M' }) };
}

/**
 * The time step (RFC 6238) whose code this is, among the current one and one to either side, else null.
 * Compares in constant time.
 */
export function findTotpStep(key: TotpKey, code: string, now: Date): number | null {
  const { period } = PARAMETERS;
  const timestamp = now.getTime();
  const delta = TOTP.validate({
    ...PARAMETERS,
    secret: key,
    token: code,
    timestamp,
    window: WINDOW_STEPS,
  });
  return delta === null ? null : TOTP.counter({ period, timestamp }) + delta;
}
