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
  { name: "a proxy's HTML 502", status: 502, body: htmlPage },
  { name: "a proxy's HTML 503", status: 503, body: htmlPage, retryAfterSec: 30 },
  { name: 'an empty 503', status: 503, body: '' },
  { name: 'an empty 500', status: 500, body: '' },
  { name: 'JSON that breaks off', status: 200, body: '{"result":{"data":{"json":{"us' },
  { name: 'an error that breaks off', status: 401, body: '{"error":{"json":{"mess' },
  { name: "a network's sign-in page", status: 200, body: '<form>Room number</form>' },
  { name: "a proxy's sign-in page", status: 401, body: '<form>Proxy</form>' },
  { name: "somebody else's JSON", status: 200, body: '{"hello":"world"}' },
  {
    name: 'a result without what was requested',
    status: 200,
    body: '{"result":{"data":{"json":{"user":null}}}}',
  },
  {
    name: 'a result with annotations that lead nowhere',
    status: 200,
    body: '{"result":{"data":{"json":{},"meta":{"values":{"a.b":["Date"]}}}}}',
  },
];

function respondWithFault({ status, body, retryAfterSec }: Fault): void {
  const headers = retryAfterSec === undefined ? {} : { 'retry-after': String(retryAfterSec) };
  server.respondWith((_call, response) => void response.writeHead(status, headers).end(body));
}

async function signIn(parts: Parameters<typeof createTestClient>[1] = {}) {
  const client = createTestClient(server.url, parts);
  server.respondWith((_call, response) => sendResult(response, createSignedIn('ada')));
  dataOf(await client.login(credentials));
  return client;
}

describe('an outage', () => {
  it.each(faults)('$name is blamed on us, not on the password', async (fault) => {
    respondWithFault(fault);
    const result = await createTestClient(server.url).login(credentials);
    expect(result).toMatchObject({ success: false, code: 'SERVICE_UNAVAILABLE', retryable: true });
    expect(result).toHaveProperty('error', expect.stringContaining('This one is on us'));
    const { retryAfterSec } = fault;
    expect('retryAfterSec' in result ? result.retryAfterSec : undefined).toBe(retryAfterSec);
  });

  it.each(faults)("$name doesn't end the session", async (fault) => {
    let nowMs = Date.now();
    const client = await signIn({ now: () => nowMs });
    const before = client.session.get();
    respondWithFault(fault);
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

  it.each(faults)('$name leaves a page that has just opened as it was', async (fault) => {
    respondWithFault(fault);
    const client = createTestClient(server.url);
    expect(await client.restore()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(client.session.get()).toEqual({ status: 'unknown' });
    server.respondWith((_call, response) => sendResult(response, createSignedIn('ada')));
    expect(dataOf(await client.restore())?.user.id).toBe('ada');
  });

  it('reported by the server carries its wait, its message and its request id', async () => {
    server.respondWith((_call, response) =>
      sendFailure(response, 503, {
        code: 'SERVICE_UNAVAILABLE',
        retryable: true,
        retryAfterSec: 7,
      }),
    );
    expect(await createTestClient(server.url).login(credentials)).toEqual({
      success: false,
      code: 'SERVICE_UNAVAILABLE',
      error: 'from the server',
      retryable: true,
      retryAfterSec: 7,
      requestId: 'request-1',
    });
  });
});

describe('a connection', () => {
  it('that is refused is an outage', async () => {
    const closed = await startFaultServer();
    await closed.stop();
    const client = createTestClient(closed.url);
    expect(await client.restore()).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
  });

  it('that breaks is an outage, before a response and in the middle of one', async () => {
    const client = await signIn({ requestTimeoutMs: 500 });
    server.respondWith((_call, response) => void response.destroy());
    expect(await client.profile()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    server.respondWith((_call, response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('{"result"', () => response.destroy());
    });
    expect(await client.profile()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(client.session.get().status).toBe('signed-in');
  });

  it('that hangs ends at the time limit, before a response and in the middle of one', async () => {
    const client = await signIn({ requestTimeoutMs: 500 });
    server.respondWith(() => undefined);
    expect(await client.profile()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    server.respondWith((_call, response) => void response.writeHead(200).write('{"result"'));
    expect(await client.profile()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(client.session.get().status).toBe('signed-in');
  });

  it("ends at the time limit even when the caller's own `fetch` never settles", async () => {
    const client = createTestClient(server.url, {
      fetch: () => new Promise(() => undefined),
      requestTimeoutMs: 50,
    });
    expect(await client.health()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it("that fails with no known browser's message is an outage", async () => {
    const client = createTestClient(server.url, {
      fetch: () => Promise.reject(new TypeError('Die Internetverbindung ist offenbar offline.')),
    });
    expect(await client.restore()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

describe("the server's response", () => {
  it('with types that this version doesn’t carry is read by superjson', async () => {
    const sent = { status: 'ok', seen: new Map([['ada', new Date(0)]]) };
    server.respondWith((_call, response) => sendResult(response, sent));
    expect(dataOf(await createTestClient(server.url).health())).toEqual(sent);
  });

  it("with a newer version's code is INTERNAL, with the code kept", async () => {
    server.respondWith((_call, response) =>
      sendFailure(response, 418, { code: 'TEAPOT_EMPTY', message: 'Fill it.', retryable: true }),
    );
    expect(await createTestClient(server.url).login(credentials)).toMatchObject({
      code: 'INTERNAL',
      rawCode: 'TEAPOT_EMPTY',
      error: 'Fill it.',
      retryable: true,
    });
  });

  it.each([429, 500, 503])(
    "with status %d doesn't end the session, whatever it says",
    async (status) => {
      let nowMs = Date.now();
      const client = await signIn({ now: () => nowMs });
      nowMs += 3_600_000;
      server.respondWith((_call, response) =>
        sendFailure(response, status, { code: status === 429 ? 'RATE_LIMITED' : 'INTERNAL' }),
      );
      expect((await client.getAccessToken()).success).toBe(false);
      expect(client.session.get().status).toBe('signed-in');
    },
  );

  it.each(['TOKEN_EXPIRED', 'UNAUTHORIZED'])('with %s ends the session', async (code) => {
    let nowMs = Date.now();
    const client = await signIn({ now: () => nowMs });
    nowMs += 3_600_000;
    server.respondWith((_call, response) => sendFailure(response, 401, { code }));
    expect(await client.getAccessToken()).toMatchObject({ code });
    expect(client.session.get()).toEqual({ status: 'signed-out', ended: true });
  });

  it("that is somebody else's 401, in JSON, doesn't end the session", async () => {
    const client = await signIn();
    server.respondWith((_call, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"message":"Unauthorized"}');
    });
    expect(await client.profile()).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(await client.logout()).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(client.session.get().status).toBe('signed-in');
  });

  it('is requested with POST, as JSON, with cookies and without a token in the address', async () => {
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
