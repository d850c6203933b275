import autocannon from 'autocannon';
import type { Measure } from './rounds.ts';

interface Load {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly connections: number;
}

/** Requests per second over kept connections. Throws when any answer is not a success. */
export function requestsPerSecond(load: Load): Measure {
  return async (milliseconds) => {
    const shot = await autocannon({ ...load, duration: milliseconds / 1000 });
    if (shot.errors + shot.non2xx > 0) {
      throw new Error(`${load.url}: ${shot.non2xx} answers were no success, ${shot.errors} failed`);
    }
    return shot['2xx'] / shot.duration;
  };
}
