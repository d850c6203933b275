/** Lifetime of an access token. */
export const ACCESS_TOKEN_TTL_SECONDS = 15 * 60;

/** Services that verify tokens on their own may keep the public keys this long. */
export const JWKS_MAX_AGE_SECONDS = 5 * 60;
