import type { ErrorCode } from '../../codes/codes.ts';
import { betterAuthBaseCodes } from './base-codes.ts';
import type { CodeMapping } from './code-mapping.ts';
import { betterAuthOrganizationCodes } from './organization-codes.ts';
import { betterAuthPasskeyCodes } from './passkey-codes.ts';
import { betterAuthTwoFactorCodes } from './two-factor-codes.ts';

/**
 * The place of every code that Better Auth has with our plugins (passkey, two-factor,
 * organization, jwt, bearer). `better-auth-codes.test.ts` fails when an upgrade adds or drops one.
 */
export const betterAuthCodes: Readonly<Record<string, CodeMapping>> = {
  ...betterAuthBaseCodes,
  ...betterAuthTwoFactorCodes,
  ...betterAuthPasskeyCodes,
  ...betterAuthOrganizationCodes,
};

/** Our code for a code of Better Auth; undefined for one that isn't in the map. */
export function codeForBetterAuth(libraryCode: string, status: number): ErrorCode | undefined {
  if (!Object.hasOwn(betterAuthCodes, libraryCode)) return undefined;
  const place = betterAuthCodes[libraryCode];
  if (place === undefined || typeof place === 'string') return place;
  return status === 401 ? place[401] : place.otherwise;
}
