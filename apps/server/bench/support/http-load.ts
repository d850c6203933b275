import autocannon from 'autocannon';
import type { Measure } from './rounds.ts';

/** One request, sent as it is. */
export interface Call {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Requests per second, the same call over each kept-alive connection. Throws if any call fails. */
export function requestsPerSecond(call: Call, connections: number): Measure {
  return callsPerSecond(Array.from({ length: connections }, () => call));
}

/** Requests per second over kept-alive connections, each repeating one of the calls, all to one origin. */
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

/** Requests per second over that many kept-alive connections, each call made once; throws if there are too few calls. */
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
