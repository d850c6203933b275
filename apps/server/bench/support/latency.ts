import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type { Call } from './http-load.ts';
import type { Measure } from './rounds.ts';

const WARM_UP_MS = 300;
const agent = new Agent({ keepAlive: true });

/**
 * How long a call takes at this percentile (0 to 1), in milliseconds. A call begins every `everyMs`,
 * whether or not the previous one has been answered, so that every call that falls into a stall feels it.
 */
export function percentileMs(call: Call, percentile: number, everyMs: number): Measure {
  return async (milliseconds) => {
    const end = performance.now() + milliseconds;
    const calls: Promise<number>[] = [];
    while (performance.now() < end) {
      calls.push(timeCall(call));
      await setTimeout(everyMs);
    }
    const times = (await Promise.all(calls)).toSorted((a, b) => a - b);
    return times[Math.floor(times.length * percentile)] ?? Number.NaN;
  };
}

/** The median of calls one after another, in milliseconds. */
export function medianMs(call: Call): Measure {
  return medianOf(() => timeCall(call));
}

/** The median of work in this process, done one after another, in milliseconds. */
export function medianWorkMs(work: () => Promise<unknown>): Measure {
  return medianOf(async () => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  });
}

function medianOf(time: () => Promise<number>): Measure {
  return async (milliseconds) => {
    const end = performance.now() + milliseconds;
    const times: number[] = [];
    do times.push(await time());
    while (performance.now() < end);
    return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
  };
}

/** Measures while `load` runs. */
export function duringLoad(load: Measure, measure: Measure): Measure {
  return async (milliseconds) => {
    const storm = load(milliseconds + 2 * WARM_UP_MS);
    await setTimeout(WARM_UP_MS);
    const [measured] = await Promise.all([measure(milliseconds), storm]);
    return measured;
  };
}

async function timeCall({ url, method, headers, body }: Call): Promise<number> {
  const start = performance.now();
  const call = request(url, { method, headers, agent }).end(body);
  const [answer] = await once(call, 'response');
  await text(answer);
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
  return performance.now() - start;
}
