import { randomUUID } from 'node:crypto';
import { parseAccessTier, parseUserRole } from '@mana/db/schema/users';
import type { JWTHeaderParameters, JWTPayload } from 'jose';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { ACCESS_TOKEN_TTL_SECONDS } from './key-schedule.ts';
import { SIGNING_ALGORITHM } from './signing-key.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Media type in the header, so that no other kind of JWT passes for one (RFC 9068 section 2.1). */
const TOKEN_TYPE = 'at+jwt';
const HEADER_FIELDS = new Set(['alg', 'kid', 'typ']);
const REMEMBERED_TOKENS = 10_000;
/** No token that we issue is longer; a longer string is not looked at. */
const MAX_TOKEN_LENGTH = 4096;
/** How far the clock of the server that signed may be ahead of ours; a token never lives longer by it. */
const CLOCK_LEEWAY_SECONDS = 5;

const claimsSchema = z.object({
  sub: z.string().min(1),
  email: z.string(),
  role: z.string().transform(parseUserRole),
  sid: z.string().min(1),
  tier: z.string().transform(parseAccessTier),
  iss: z.string(),
  aud: z.string(),
  iat: z.int(),
  nbf: z.int(),
  exp: z.int(),
  jti: z.string().min(1),
  /** How the user proved who they are (RFC 8176), and when. Tokens of earlier versions don't say. */
  amr: z.array(z.string()).optional(),
  auth_time: z.int().optional(),
});

/** The claims of an access token (RFC 9068 section 2.2), with our `role`, `tier` and session id. */
export type AccessTokenClaims = z.infer<typeof claimsSchema>;

/** What verifying a token tells. */
export type Verification =
  | { readonly status: 'valid'; readonly claims: AccessTokenClaims }
  | { readonly status: 'expired' }
  | { readonly status: 'invalid' };

/** Signs and verifies access tokens. */
export interface AccessTokens {
  /**
   * Signs a token that lives 15 minutes, or until `endsBy` if that is sooner. A role or tier that this
   * version doesn't know becomes the least.
   */
  sign(
    claims: Pick<
      AccessTokenClaims,
      'sub' | 'email' | 'role' | 'sid' | 'tier' | 'amr' | 'auth_time'
    >,
    endsBy?: Date,
  ): Promise<{ accessToken: string; accessTokenExpiresAt: Date }>;
  /**
   * Verifies with the keys in memory. Never throws, whatever the token holds; throws the fault only if the
   * key is unknown and the keys can't be read.
   */
  verify(token: string): Promise<Verification>;
}

/**
 * Signs and verifies access tokens. Up to 10,000 verified ones are remembered until they expire or the keys
 * change; their times are checked at every call.
 */
export function createAccessTokens(
  keys: SigningKeys,
  issuer: string,
  now: () => Date,
): AccessTokens {
  const verified = new LRUCache<string, AccessTokenClaims>({ max: REMEMBERED_TOKENS });
  let verifiedWith = keys.version;

  function recall(token: string): AccessTokenClaims | undefined {
    if (verifiedWith !== keys.version) verified.clear();
    verifiedWith = keys.version;
    return verified.get(token);
  }

  return {
    async sign({ role, tier, ...claims }, endsBy) {
      const issuedAt = Math.floor(now().getTime() / 1000);
      const sessionEnd = Math.floor((endsBy?.getTime() ?? Number.POSITIVE_INFINITY) / 1000);
      const expiresAt = Math.min(issuedAt + ACCESS_TOKEN_TTL_SECONDS, sessionEnd);
      const { kid, privateKey } = keys.current();
      const accessToken = await new SignJWT({
        ...claims,
        role: parseUserRole(role),
        tier: parseAccessTier(tier),
      })
        .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid, typ: TOKEN_TYPE })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(expiresAt)
        .setJti(randomUUID())
        .sign(privateKey);
      return { accessToken, accessTokenExpiresAt: new Date(expiresAt * 1000) };
    },

    async verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) return { status: 'invalid' };
      const known = recall(token);
      if (known) return checkTimes(known, now());
      try {
        const { payload } = await jwtVerify(token, (header) => findKey(keys, header), {
          algorithms: [SIGNING_ALGORITHM],
          typ: TOKEN_TYPE,
          issuer,
          audience: issuer,
          currentDate: now(),
          clockTolerance: CLOCK_LEEWAY_SECONDS,
        });
        const claims = parseClaims(payload);
        if (!claims) return { status: 'invalid' };
        const verification = checkTimes(claims, now());
        if (verification.status === 'valid') verified.set(token, claims);
        return verification;
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        return { status: error instanceof errors.JWTExpired ? 'expired' : 'invalid' };
      }
    },
  };
}

async function findKey(keys: SigningKeys, header: JWTHeaderParameters) {
  // RFC 8725 section 3.10: a header that brings or points at a key (`jwk`, `jku`, `x5u`) is refused,
  // and so is any other field that we never write.
  const hasKnownFields = Object.keys(header).every((field) => HEADER_FIELDS.has(field));
  const key = hasKnownFields && header.kid ? await keys.findPublicKey(header.kid) : undefined;
  if (!key) throw new errors.JWKSNoMatchingKey();
  return key;
}

function parseClaims(payload: JWTPayload): AccessTokenClaims | undefined {
  const { data } = claimsSchema.safeParse(payload);
  return data && data.exp - data.iat <= ACCESS_TOKEN_TTL_SECONDS ? data : undefined;
}

/** The leeway is for the beginning of a token alone: it ends at the very second. */
function checkTimes(claims: AccessTokenClaims, now: Date): Verification {
  const seconds = Math.floor(now.getTime() / 1000);
  if (claims.exp <= seconds) return { status: 'expired' };
  const begins = Math.max(claims.nbf, claims.iat);
  return begins > seconds + CLOCK_LEEWAY_SECONDS
    ? { status: 'invalid' }
    : { status: 'valid', claims };
}
