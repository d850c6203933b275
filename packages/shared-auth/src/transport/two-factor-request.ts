import { readElements, readProperty, readString } from '@mana/auth-core/errors/safe-read';

const METHODS = ['totp', 'backupCode'] as const;
const MAX_METHODS = 20;

/** A second step that this version can take. */
export type TwoFactorMethod = (typeof METHODS)[number];

/** What `login` requires when the password was right and the account has a second factor. */
export interface TwoFactorRequest {
  readonly methods: readonly TwoFactorMethod[];
  /** Secret. For clients without a cookie jar; the client sends it with the code by itself. */
  readonly challenge?: string;
}

/**
 * Reads `error.data.twoFactor`, without methods of a newer server that this version can't take.
 * Undefined where none is left.
 */
export function findTwoFactorRequest(data: unknown): TwoFactorRequest | undefined {
  const twoFactor = readProperty(data, 'twoFactor');
  const offered = readElements(readProperty(twoFactor, 'methods'), MAX_METHODS);
  const methods = METHODS.filter((method) => offered.includes(method));
  if (methods.length === 0) return undefined;
  const challenge = readString(twoFactor, 'challenge');
  return challenge ? { methods, challenge } : { methods };
}
