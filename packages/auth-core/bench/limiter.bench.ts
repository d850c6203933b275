/**
 * Prints the limiter's rows of the speed table: the memory store against rate-limiter-flexible's, and the
 * memory that it takes for ten million keys. Our store's time includes the caller's reading of the clock.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { createMemoryStore } from '../src/rate-limit/memory-store.ts';
import { isSmoke, type Measure, measureRatios } from './support/rounds.ts';

const WINDOW_SECONDS = 60;
const MAX_KEYS = 100_000;
const CALLS = isSmoke ? 2_000 : 600_000;
const MANY_KEYS = isSmoke ? 20_000 : 10_000_000;
const CLIENTS = toAddresses(1_000);
const STRANGERS = toAddresses(CALLS);

interface Load {
  readonly what: string;
  readonly keys: readonly string[];
  readonly limit: number;
  /** Null where the row is for information only. */
  readonly goal: number | null;
}

const loads: readonly Load[] = [
  {
    what: 'calls of 1,000 clients, half of them refused',
    keys: CLIENTS,
    limit: CALLS / 2_000,
    goal: 3,
  },
  { what: 'the same, none refused', keys: CLIENTS, limit: CALLS, goal: null },
  { what: 'calls of clients never seen before', keys: STRANGERS, limit: 20, goal: null },
];

print('| what | reference in the same run | median (range) | goal | |\n|---|---|---|---|---|');
for (const load of loads) await printSpeed(load);
await printMemory();

async function printSpeed(load: Load): Promise<void> {
  const ratios = await measureRatios(ours(load), theirs(load));
  const ratio = ratios[ratios.length >> 1] ?? Number.NaN;
  const range = `${ratios[0]?.toFixed(2)}–${ratios.at(-1)?.toFixed(2)}`;
  const reference = "rate-limiter-flexible's memory store";
  const { goal } = load;
  const verdict = isSmoke ? 'smoke' : goal === null ? '' : ratio >= goal ? 'met' : 'MISSED';
  print(
    `| limiter: ${load.what} | ${reference} | ${ratio.toFixed(2)} (${range}) | ${goal === null ? '–' : `≥ ${goal}`} | ${verdict} |`,
  );
}

/** Both return calls per second, with a new limiter for each round. */
function ours({ keys, limit }: Load): Measure {
  return async () => {
    const store = createMemoryStore({ maxKeys: MAX_KEYS });
    const policy = { limit, windowMs: WINDOW_SECONDS * 1000, pauseMs: 0 };
    const startMs = performance.now();
    for (let call = 0; call < CALLS; call += 1) {
      await store.consume(keys[call % keys.length] ?? '', policy, Date.now());
    }
    return CALLS / (performance.now() - startMs);
  };
}

function theirs({ keys, limit }: Load): Measure {
  return async () => {
    const limiter = new RateLimiterMemory({ points: limit, duration: WINDOW_SECONDS });
    const startMs = performance.now();
    for (let call = 0; call < CALLS; call += 1) {
      try {
        await limiter.consume(keys[call % keys.length] ?? '');
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
      }
    }
    const rate = CALLS / (performance.now() - startMs);
    for (const key of keys) await limiter.delete(key); // its timers would outlive the round
    return rate;
  };
}

/** How much memory the store has taken since its start, measured ten times on the way. */
async function printMemory(): Promise<void> {
  const before = measureMegabytes();
  const store = createMemoryStore({ maxKeys: MAX_KEYS });
  const policy = { limit: 20, windowMs: WINDOW_SECONDS * 1000, pauseMs: 0 };
  const taken: number[] = [];
  for (let key = 1; key <= MANY_KEYS; key += 1) {
    await store.consume(toAddress(key), policy, Date.now());
    if (key % (MANY_KEYS / 10) === 0) taken.push(measureMegabytes() - before);
  }
  const [first, most] = [taken[0] ?? Number.NaN, Math.max(...taken)];
  const isBounded = most < 1.5 * first;
  print(
    `| limiter: memory over ${MANY_KEYS.toLocaleString('en')} keys, room for ${MAX_KEYS.toLocaleString('en')} ` +
      `| itself after the first tenth: ${first.toFixed(1)} MB | ${most.toFixed(1)} MB at most ` +
      `| ≤ 1.5 × | ${isSmoke ? 'smoke' : isBounded ? 'met' : 'MISSED'} |`,
  );
}

function measureMegabytes(): number {
  if (globalThis.gc === undefined) throw new Error('Run this with node --expose-gc');
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

function toAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, i) => toAddress(i));
}

function toAddress(i: number): string {
  return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
