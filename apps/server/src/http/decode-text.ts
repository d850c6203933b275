import { AuthError } from '@mana/auth-core/errors/codes/auth-error';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** What JSON may escape: a backslash, and both halves of a surrogate pair. */
const WHOLE_ESCAPES = /\\\\|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}/g;
const HALF_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * The JSON text of a body. Throws VALIDATION if it isn't UTF-8, or escapes half a character: the characters
 * that would stand in for what can't be read are others than the caller meant, and would be counted, as a
 * wrong password is.
 */
export function decodeBody(body: Buffer): string {
  return refuseHalves(orRefuse(() => utf8.decode(body)));
}

/** The query of an address, as it came. Throws VALIDATION as `decodeBody`. */
export function checkQuery(url: string): string {
  const search = url.includes('?') ? url.slice(url.indexOf('?')) : '';
  // Bytes of other encodings that weren't escaped: Node reads each as one character.
  if (/[^\x20-\x7e]/.test(search)) throw refuse();
  if (search.includes('%')) refuseHalves(orRefuse(() => decodeURIComponent(search)));
  return search;
}

function refuseHalves(text: string): string {
  if (HALF_ESCAPE.test(text) && HALF_ESCAPE.test(text.replace(WHOLE_ESCAPES, ''))) throw refuse();
  return text;
}

function orRefuse(decode: () => string): string {
  try {
    return decode();
  } catch (cause) {
    throw refuse(cause);
  }
}

function refuse(cause?: unknown): AuthError {
  return new AuthError('VALIDATION', { message: 'Requests must be sent as UTF-8.', cause });
}
