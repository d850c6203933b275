/** How long an unused session lives; each use after a day renews it. */
export const SESSION_TTL_SECONDS = 30 * 24 * 60 * 60;
/** How old a session gets before its use renews it. */
export const SESSION_UPDATE_AGE_SECONDS = 24 * 60 * 60;
