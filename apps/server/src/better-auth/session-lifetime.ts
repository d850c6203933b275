/** How long a session lives without being used; each use after a day prolongs it. */
export const SESSION_TTL_SECONDS = 30 * 24 * 60 * 60;
export const SESSION_UPDATE_AGE_SECONDS = 24 * 60 * 60;
