import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import superjson from 'superjson';

/** A server whose every response the test decides. */
export interface FaultServer {
  readonly url: string;
  /** The procedures that were called, in order. */
  readonly calls: string[];
  /** Decides every response from now on. */
  respondWith(respond: Respond): void;
  stop(): Promise<void>;
}

/** Responds to one call. */
export type Respond = (
  call: string,
  response: ServerResponse,
  request: IncomingMessage,
) => void | Promise<void>;

/** Starts the server on a port of its own. */
export async function startFaultServer(): Promise<FaultServer> {
  const calls: string[] = [];
  let respond: Respond = (_call, response) => void response.writeHead(404).end();
  const server = createServer((request, response) => {
    const call = (request.url ?? '').replace('/trpc/', '');
    calls.push(call);
    request.resume().on('end', () => void respond(call, response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    respondWith(next) {
      respond = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Responds as tRPC with superjson does. */
export function sendResult(response: ServerResponse, data: unknown): void {
  send(response, 200, { result: { data: superjson.serialize(data) } });
}

/** Responds with an error in our envelope, with `data` beside it. */
export function sendFailure(
  response: ServerResponse,
  status: number,
  auth: { code: string; retryAfterSec?: number; message?: string; retryable?: boolean },
  data: object = {},
): void {
  const { message = 'from the server', retryable = false } = auth;
  const envelope = { ...auth, message, retryable, requestId: 'request-1' };
  const shape = { code: 'X', httpStatus: status, auth: envelope, ...data };
  const json = { message, code: -32000, data: shape };
  send(response, status, { error: { json } });
}

/** What `login`, `refresh` and `sessionToToken` return: a user, and a token that names its session. */
export function createSignedIn(
  name: string,
  options: { lifetimeSec?: number; sid?: string; auth_time?: number } = {},
) {
  const { lifetimeSec = 900, ...session } = options;
  const issuedAtSec = Math.floor(Date.now() / 1000);
  const claims = { sub: name, sid: `session of ${name}`, iat: issuedAtSec, ...session };
  const payload = Buffer.from(JSON.stringify({ ...claims, exp: issuedAtSec + lifetimeSec }));
  const user = {
    id: name,
    email: `${name}@example.org`,
    emailVerified: true,
    name,
    image: null,
    role: 'user',
    accessTier: 'public',
    kind: 'human',
    twoFactorEnabled: false,
    onboardingCompletedAt: null,
    createdAt: new Date('2026-11-01T00:00:00Z'),
  } as const;
  return {
    user,
    accessToken: `e30.${payload.toString('base64url')}.${crypto.randomUUID()}`,
    accessTokenExpiresAt: new Date((issuedAtSec + lifetimeSec) * 1000),
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
