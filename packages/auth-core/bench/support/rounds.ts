/** Does a fixed piece of work and answers how fast. */
export type Measure = () => Promise<number>;

export const isSmoke = process.env['BENCH_SMOKE'] === '1';
const ROUNDS = isSmoke ? 1 : 11;

/**
 * Runs both in turn, in short rounds that change direction, so that other work on the machine falls on
 * both alike. Answers the ratios of all rounds, the smallest first.
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
