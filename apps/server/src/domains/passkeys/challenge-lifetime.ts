/** How long the challenge of a ceremony is good, and how long a browser waits for its end (S5). */
export const CHALLENGE_TTL_MS = 5 * 60_000;
