import { readElements, readProperty, readString } from '@mana/auth-core/errors/safe-read';

const METHODS = ['totp', 'backupCode'] as const;
const MOST_METHODS = 20;

export type TwoFactorMethod = (typeof METHODS)[number];

/** What `login` asks for when the password was right and the account has a second factor. */
export interface TwoFactorRequest {
  readonly methods: readonly TwoFactorMethod[];
  /** Secret. For clients without a cookie jar; the client sends it along with the code by itself. */
  readonly challenge?: string;
}

/**
 * Reads `error.data.twoFactor`. A method of a newer server that this version can't serve is left out;
 * undefined where nothing is left, or where there is nothing to read.
 */
export function findTwoFactorRequest(data: unknown): TwoFactorRequest | undefined {
  const twoFactor = readProperty(data, 'twoFactor');
  const offered = readElements(readProperty(twoFactor, 'methods'), MOST_METHODS);
  const methods = METHODS.filter((method) => offered.includes(method));
  if (methods.length === 0) return undefined;
  const challenge = readString(twoFactor, 'challenge');
  return challenge ? { methods, challenge } : { methods };
}
