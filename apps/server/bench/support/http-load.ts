import autocannon from 'autocannon';
import type { Measure } from './rounds.ts';

export interface Call {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Requests per second, the same over each kept connection. Throws when any answer is not a success. */
export function requestsPerSecond(call: Call, connections: number): Measure {
  return callsPerSecond(Array.from({ length: connections }, () => call));
}

/** Requests per second over kept connections, each of which makes one of the calls again and again; all have one address. */
export function callsPerSecond(calls: readonly Call[]): Measure {
  return async (milliseconds) => {
    const [first] = calls;
    if (!first) throw new Error('There is nothing to call');
    const { url, method } = first;
    const next = calls.values();
    const shot = await autocannon({
      url,
      method,
      connections: calls.length,
      duration: milliseconds / 1000,
      setupClient(client) {
        const { headers, body } = next.next().value ?? first;
        client.setHeadersAndBody(headers, body);
      },
    });
    if (shot.errors + shot.non2xx > 0) {
      throw new Error(`${url}: ${shot.non2xx} answers were no success, ${shot.errors} failed`);
    }
    return shot['2xx'] / shot.duration;
  };
}

/** Requests per second over so many kept connections, each call made once; throws when they don't suffice. */
export function eachOncePerSecond(calls: readonly Call[], connections: number): Measure {
  return async (milliseconds) => {
    const [first] = calls;
    if (!first) throw new Error('There is nothing to call');
    const next = calls.values();
    const shot = await autocannon({
      url: first.url,
      connections,
      duration: milliseconds / 1000,
      requests: [
        {
          method: first.method,
          headers: first.headers,
          setupRequest: (request) => ({ ...request, body: next.next().value?.body ?? '' }),
        },
      ],
    });
    if (shot.errors + shot.non2xx > 0) {
      throw new Error(
        `${first.url}: ${shot.non2xx} answers were no success, ${shot.errors} failed`,
      );
    }
    return shot['2xx'] / shot.duration;
  };
}
