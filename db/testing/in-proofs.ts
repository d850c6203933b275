/**
 * What a `*.sampled.test.ts` goes through: everything in the proofs, and otherwise, every day, the few that
 * stand for the rest.
 */
export function inProofs<T>(everything: T, { otherwise }: { otherwise: T }): T {
  return process.env['ALL_CASES'] ? everything : otherwise;
}
