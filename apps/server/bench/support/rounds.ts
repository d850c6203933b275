/** One thing to measure: works for about that long, and resolves with calls per second or a latency. */
export type Measure = (milliseconds: number) => Promise<number>;

/** A row of the table: what is measured, against which reference, with which goal. */
export interface Comparison {
  /** Rows and goals as in docs/operations.md, "How fast". */
  readonly what: string;
  readonly reference: string;
  readonly goal: { readonly atLeast: number } | { readonly atMost: number };
  readonly subject: Measure;
  readonly against: Measure;
}

/** Everything once and briefly, to check that the benches themselves still run. */
export const isSmoke = process.env['BENCH_SMOKE'] === '1';
const ROUNDS = isSmoke ? 1 : 11;
const ROUND_MS = isSmoke ? 300 : 2000;

/**
 * Prints one line of the table: the median over all rounds of subject divided by reference. Rounds are
 * short and alternate in order, so that other work on the machine affects both alike.
 */
export async function printRatio(comparison: Comparison): Promise<void> {
  const { subject, against } = comparison;
  await subject(ROUND_MS / 2);
  await against(ROUND_MS / 2);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [first, second] = round % 2 ? [against, subject] : [subject, against];
    const [a, b] = [await first(ROUND_MS), await second(ROUND_MS)];
    ratios.push(round % 2 ? b / a : a / b);
  }
  const ratio = median(ratios);
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  const [goal, isMet] = judge(ratio, comparison.goal);
  const verdict = isSmoke ? 'smoke' : isMet ? 'met' : 'MISSED';
  process.stdout.write(
    `| ${comparison.what} | ${comparison.reference} | ${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)}) | ${goal} | ${verdict} |\n`,
  );
}

function judge(ratio: number, goal: Comparison['goal']): [string, boolean] {
  if ('atLeast' in goal) return [`≥ ${goal.atLeast}`, ratio >= goal.atLeast];
  return [`≤ ${goal.atMost}`, ratio <= goal.atMost];
}

/** Prints the head of the table. */
export function printHead(): void {
  process.stdout.write(
    '| what | reference in the same run | median (range) | goal | |\n|---|---|---|---|---|\n',
  );
}

/** The middle value; of an even number, the upper of the two. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** Repeats `work` in that many lanes at once until the time is over; resolves with how often per second. */
export function countPerSecond(lanes: number, work: () => Promise<unknown>): Measure {
  return async (milliseconds) => {
    const start = performance.now();
    let count = 0;
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        while (performance.now() - start < milliseconds) {
          await work();
          count += 1;
        }
      }),
    );
    return (count * 1000) / (performance.now() - start);
  };
}
