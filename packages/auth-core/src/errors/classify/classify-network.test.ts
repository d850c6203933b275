import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../../test/errors/fake-postgres.fixture.ts';
import { AuthError } from '../codes/auth-error.ts';
import { classifyFromError } from './classify-from-error.ts';

const resetting = createServer((socket) => socket.resetAndDestroy());
const silent = createServer(() => {});
const breakingOff = createServer((socket) => {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', () => socket.end());
});
let resettingPort = 0;
let silentPort = 0;
let breakingOffPort = 0;
let closedPort = 0;

beforeAll(async () => {
  resettingPort = await listenOnLoopback(resetting);
  silentPort = await listenOnLoopback(silent);
  breakingOffPort = await listenOnLoopback(breakingOff);
  const passing = createServer();
  closedPort = await listenOnLoopback(passing);
  passing.close();
  await once(passing, 'close');
});

afterAll(() => {
  resetting.close();
  silent.close();
  breakingOff.close();
});

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error('The call was expected to fail.')),
    (error: unknown) => error,
  );

async function socketFailure(options: object): Promise<unknown> {
  const socket = connect({ port: closedPort, ...options });
  const [error] = await once(socket, 'error');
  return error;
}

describe('a real failure of the network is SERVICE_UNAVAILABLE', () => {
  it('a port that nobody listens on', async () => {
    const error = await socketFailure({ host: '127.0.0.1' });
    expect(classifyFromError(error)).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      rawCode: 'ECONNREFUSED',
    });
  });

  it('several addresses, none of which responds (AggregateError)', async () => {
    const lookupBoth = (_host: string, _options: object, done: LookupCallback) =>
      done(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]);
    const error = await socketFailure({
      host: 'localhost',
      lookup: lookupBoth,
      autoSelectFamily: true,
    });
    expect(error).toBeInstanceOf(AggregateError);
    expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
    // Recognised by what is in it, even if the outer error says nothing.
    if (!(error instanceof AggregateError)) return;
    const bare = new AggregateError(error.errors, 'nothing worked');
    expect(classifyFromError(bare).rawCode).toBe('ECONNREFUSED');
  });

  it('a Unix socket that is not there', async () => {
    const error = await socketFailure({ path: '/nonexistent/.s.PGSQL.5432', port: undefined });
    expect(classifyFromError(error)).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      rawCode: 'ENOENT',
    });
  });

  it('a name that does not resolve', async () => {
    const error = await failure(lookup('nobody.invalid'));
    expect(error).toHaveProperty('syscall', 'getaddrinfo');
    expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
  });

  it('fetch to a closed port, and to a server that resets', async () => {
    for (const port of [closedPort, resettingPort]) {
      const error = await failure(fetch(`http://127.0.0.1:${port}/`));
      expect(error).toHaveProperty('message', 'fetch failed');
      expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
    }
  });

  it('a response that breaks off in the middle', async () => {
    const response = await fetch(`http://127.0.0.1:${breakingOffPort}/`);
    const error = await failure(response.text());
    expect(classifyFromError(error)).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      rawCode: 'UND_ERR_SOCKET',
    });
  });

  it('fetch that runs into its time limit, and one that is aborted', async () => {
    const url = `http://127.0.0.1:${silentPort}/`;
    const late = await failure(fetch(url, { signal: AbortSignal.timeout(20) }));
    expect(classifyFromError(late)).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      rawCode: 'TimeoutError',
    });
    const aborted = await failure(fetch(url, { signal: AbortSignal.abort() }));
    expect(classifyFromError(aborted)).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      rawCode: 'AbortError',
    });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN'])(
    '%s, by its code and through a chain of causes',
    (code) => {
      const system = Object.assign(new Error(code), { code });
      const wrapped = new Error('a', { cause: new Error('b', { cause: system }) });
      expect(classifyFromError(wrapped)).toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        rawCode: code,
        cause: wrapped,
      });
    },
  );

  it.each(['Failed to fetch', 'Load failed', 'NetworkError when attempting to fetch resource.'])(
    'a browser that says "%s"',
    (message) => {
      expect(classifyFromError(new TypeError(message)).code).toBe('SERVICE_UNAVAILABLE');
    },
  );
});

type LookupCallback = (error: null, addresses: { address: string; family: number }[]) => void;

describe("what isn't a network failure", () => {
  it('a file that is not there is INTERNAL', async () => {
    const error = await failure(readFile('/nonexistent'));
    expect(error).toHaveProperty('code', 'ENOENT');
    expect(classifyFromError(error).code).toBe('INTERNAL');
  });

  it('an abort that the caller requested leaves our own error as it is', () => {
    const abort = new DOMException('The prompt was closed', 'AbortError');
    const cancelled = new AuthError('PASSKEY_CANCELLED', { cause: abort });
    expect(classifyFromError(cancelled)).toBe(cancelled);
  });
});

it('a lookup that failed in any way is SERVICE_UNAVAILABLE', () => {
  const error = { code: 'EACCES', syscall: 'getaddrinfo' };
  expect(classifyFromError(error)).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    rawCode: 'EACCES',
  });
  expect(classifyFromError({ code: 'EACCES', syscall: 'open' }).code).toBe('INTERNAL');
});
