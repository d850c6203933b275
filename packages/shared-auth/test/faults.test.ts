import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSignedIn,
  type FaultServer,
  sendFailure,
  sendResult,
  startFaultServer,
} from './fault-server.fixture.ts';
import { createTestClient, dataOf } from './test-client.fixture.ts';

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterAll(() => server.stop());

const credentials = { email: 'ada@example.org', password: 'a long enough sentence' };
const htmlPage = '<html><h1>502 Bad Gateway</h1></html>';

interface Fault {
  readonly name: string;
  readonly status: number;
  readonly body: string;
  readonly retryAfterSec?: number;
}

const faults: readonly Fault[] = [
  { name: 'an HTML 502 of a proxy', status: 502, body: htmlPage },
  { name: 'an HTML 503 of a proxy', status: 503, body: htmlPage, retryAfterSec: 30 },
  { name: 'an empty 503', status: 503, body: '' },
  { name: 'an empty 500', status: 500, body: '' },
  { name: 'JSON that breaks off', status: 200, body: '{"result":{"data":{"json":{"us' },
  { name: 'an error that breaks off', status: 401, body: '{"error":{"json":{"mess' },
  { name: 'a sign-in page of a network', status: 200, body: '<form>Room number</form>' },
  { name: 'a sign-in page of a proxy', status: 401, body: '<form>Proxy</form>' },
  { name: 'JSON of somebody else', status: 200, body: '{"hello":"world"}' },
  {
    name: 'a result without what was asked for',
    status: 200,
    body: '{"result":{"data":{"json":{"user":null}}}}',
  },
  {
    name: 'a result with annotations that lead nowhere',
    status: 200,
    body: '{"result":{"data":{"json":{},"meta":{"values":{"a.b":["Date"]}}}}}',
  },
];

function answerFault({ status, body, retryAfterSec }: Fault): void {
  const headers = retryAfterSec === undefined ? {} : { 'retry-after': String(retryAfterSec) };
  server.answerWith((_call, response) => void response.writeHead(status, headers).end(body));
}

async function signIn(now = () => Date.now()) {
  const client = createTestClient(server.url, { now, requestTimeoutMs: 200 });
  server.answerWith((_call, response) => sendResult(response, createSignedIn('ada')));
  dataOf(await client.login(credentials));
  return client;
}

describe('an outage', () => {
  it.each(faults)('$name is ours, not the password', async (fault) => {
    answerFault(fault);
    const result = await createTestClient(server.url).login(credentials);
    expect(result).toMatchObject({ success: false, code: 'SERVICE_UNAVAILABLE', retryable: true });
    expect(result).toHaveProperty('error', expect.stringContaining('This one is on us'));
    const { retryAfterSec } = fault;
    expect('retryAfterSec' in result ? result.retryAfterSec : undefined).toBe(retryAfterSec);
  });

  it.each(faults)('$name ends no session', async (fault) => {
    let nowMs = Date.now();
    const client = await signIn(() => nowMs);
    const before = client.session.get();
    answerFault(fault);
    nowMs += 3_600_000;
    for (const result of [
      await client.getAccessToken(),
      await client.profile(),
      await client.updateProfile({ name: 'Ada' }),
      await client.logout(),
    ]) {
      expect(result).toMatchObject({ success: false, code: 'SERVICE_UNAVAILABLE' });
    }
    expect(client.session.get()).toBe(before);
  });

  it.each(faults)('$name leaves a page that just opened where it was', async (fault) => {
    answerFault(fault);
    const client = createTestClient(server.url);
    expect(await client.restore()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(client.session.get()).toEqual({ status: 'unknown' });
    server.answerWith((_call, response) => sendResult(response, createSignedIn('ada')));
    expect(dataOf(await client.restore())?.user.id).toBe('ada');
  });

  it('of the server itself carries its wait, its words and its request id', async () => {
    server.answerWith((_call, response) =>
      sendFailure(response, 503, {
        code: 'SERVICE_UNAVAILABLE',
        retryable: true,
        retryAfterSec: 7,
      }),
    );
    expect(await createTestClient(server.url).login(credentials)).toEqual({
      success: false,
      code: 'SERVICE_UNAVAILABLE',
      error: 'said by the server',
      retryable: true,
      retryAfterSec: 7,
      requestId: 'request-1',
    });
  });
});

describe('a connection', () => {
  it('that nobody takes is an outage', async () => {
    const closed = await startFaultServer();
    await closed.stop();
    const client = createTestClient(closed.url);
    expect(await client.restore()).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
  });

  it('that is cut is an outage, before an answer and in the middle of one', async () => {
    const client = await signIn();
    server.answerWith((_call, response) => void response.destroy());
    expect(await client.profile()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    server.answerWith((_call, response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('{"result"', () => response.destroy());
    });
    expect(await client.profile()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(client.session.get().status).toBe('signed-in');
  });

  it('that hangs ends at the time limit, before an answer and in the middle of one', async () => {
    const client = await signIn();
    server.answerWith(() => undefined);
    expect(await client.profile()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    server.answerWith((_call, response) => void response.writeHead(200).write('{"result"'));
    expect(await client.profile()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(client.session.get().status).toBe('signed-in');
  });

  it('ends at the time limit even when a `fetch` of the caller never answers', async () => {
    const client = createTestClient(server.url, {
      fetch: () => new Promise(() => undefined),
      requestTimeoutMs: 50,
    });
    expect(await client.health()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('that fails in words of no known browser is an outage', async () => {
    const client = createTestClient(server.url, {
      fetch: () => Promise.reject(new TypeError('Die Internetverbindung ist offenbar offline.')),
    });
    expect(await client.restore()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

describe('an answer of the server', () => {
  it('with a code of a newer version is INTERNAL, with the code kept', async () => {
    server.answerWith((_call, response) =>
      sendFailure(response, 418, { code: 'TEAPOT_EMPTY', message: 'Fill it.', retryable: true }),
    );
    expect(await createTestClient(server.url).login(credentials)).toMatchObject({
      code: 'INTERNAL',
      rawCode: 'TEAPOT_EMPTY',
      error: 'Fill it.',
      retryable: true,
    });
  });

  it.each([429, 500, 503])('with status %d ends no session, whatever it says', async (status) => {
    let nowMs = Date.now();
    const client = await signIn(() => nowMs);
    nowMs += 3_600_000;
    server.answerWith((_call, response) =>
      sendFailure(response, status, { code: status === 429 ? 'RATE_LIMITED' : 'INTERNAL' }),
    );
    expect((await client.getAccessToken()).success).toBe(false);
    expect(client.session.get().status).toBe('signed-in');
  });

  it.each(['TOKEN_EXPIRED', 'UNAUTHORIZED'])('with %s ends the session', async (code) => {
    let nowMs = Date.now();
    const client = await signIn(() => nowMs);
    nowMs += 3_600_000;
    server.answerWith((_call, response) => sendFailure(response, 401, { code }));
    expect(await client.getAccessToken()).toMatchObject({ code });
    expect(client.session.get()).toEqual({ status: 'signed-out', ended: true });
  });

  it('that is a 401 of somebody else, in JSON, ends no session', async () => {
    const client = await signIn();
    server.answerWith((_call, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"message":"Unauthorized"}');
    });
    expect(await client.profile()).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(await client.logout()).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(client.session.get().status).toBe('signed-in');
  });

  it('is asked for with POST, as JSON, with cookies and without a token in the address', async () => {
    const requests: { url: string; init: RequestInit | undefined }[] = [];
    const client = createTestClient('https://auth.example.org/', {
      fetch: async (url, init) => {
        requests.push({ url: String(url), init });
        return new Response(null, { status: 503 });
      },
    });
    await client.validate({ token: 'secret' });
    expect(requests).toMatchObject([
      {
        url: 'https://auth.example.org/trpc/auth.validate',
        init: { method: 'POST', credentials: 'include', body: '{"json":{"token":"secret"}}' },
      },
    ]);
  });
});
