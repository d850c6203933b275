/** Does a fixed amount of work and returns how fast it was. */
export type Measure = () => Promise<number>;

export const isSmoke = process.env['BENCH_SMOKE'] === '1';
const ROUNDS = isSmoke ? 1 : 11;

/**
 * Runs both in turn, in short rounds that change direction, so that other work on the machine affects both
 * alike. Returns the ratios of all rounds, the smallest first.
 */
export async function measureRatios(subject: Measure, reference: Measure): Promise<number[]> {
  await subject();
  await reference();
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const isTurned = round % 2 === 1;
    const first = await (isTurned ? reference : subject)();
    const second = await (isTurned ? subject : reference)();
    ratios.push(isTurned ? second / first : first / second);
  }
  return ratios.sort((a, b) => a - b);
}
