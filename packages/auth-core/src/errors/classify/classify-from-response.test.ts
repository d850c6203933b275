import { initTRPC } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import superjson from 'superjson';
import { describe, expect, it } from 'vitest';
import { AuthError } from '../codes/auth-error.ts';
import { errorTable } from '../codes/codes.ts';
import { toEnvelope } from '../wire/error-envelope.ts';
import { classifyFromError } from './classify-from-error.ts';
import { classifyFromResponse } from './classify-from-response.ts';

const json = (body: unknown, init: ResponseInit = {}) => Response.json(body, init);

/** A real tRPC server that answers as ours does, with and without superjson. */
function answerOf(path: string, transformer: typeof superjson | undefined): Promise<Response> {
  const t = initTRPC.create({
    ...(transformer && { transformer }),
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      data: { ...shape.data, auth: toEnvelope(classifyFromError(error), 'req-1') },
    }),
  });
  const router = t.router({
    ok: t.procedure.query(() => 'fine'),
    locked: t.procedure.query(() => {
      throw new AuthError('ACCOUNT_LOCKED', { retryAfterSec: 90 });
    }),
  });
  const batch = path.includes(',') ? '?batch=1' : '';
  const req = new Request(`http://localhost/trpc/${path}${batch}`);
  return fetchRequestHandler({ endpoint: '/trpc', req, router, createContext: () => ({}) });
}

describe.each([
  ['plain', undefined],
  ['superjson', superjson],
] as const)('a response of our server over tRPC, %s', (_name, transformer) => {
  it.each(['locked', 'ok,locked'])('returns the error of %s', async (path) => {
    const error = await classifyFromResponse(await answerOf(path, transformer));
    expect(error).toMatchObject({
      code: 'ACCOUNT_LOCKED',
      message: errorTable.ACCOUNT_LOCKED.message,
      retryAfterSec: 90,
      requestId: 'req-1',
    });
  });
});

describe('classifyFromResponse', () => {
  const envelope = { code: 'RATE_LIMITED', message: 'Wait.', retryable: true, requestId: 'r' };
  const trpc = (auth: unknown) => ({ error: { message: 'x', code: -32603, data: { auth } } });

  it('keeps a code that it does not know as INTERNAL', async () => {
    const answer = json(trpc({ ...envelope, code: 'NEWER' }), { status: 401 });
    expect(await classifyFromResponse(answer)).toMatchObject({
      code: 'INTERNAL',
      rawCode: 'NEWER',
    });
  });

  it('takes the wait from the header where the envelope has none', async () => {
    const headers = { 'retry-after': '30' };
    const answer = json(trpc(envelope), { status: 429, headers });
    expect((await classifyFromResponse(answer)).retryAfterSec).toBe(30);
  });

  it("takes tRPC's code where the envelope is missing or broken", async () => {
    const error = { message: 'x', code: -32601, data: { code: 'NOT_FOUND', auth: { code: 1 } } };
    expect((await classifyFromResponse(json({ error }, { status: 404 }))).code).toBe('NOT_FOUND');
    const wrapped = [{ result: { data: 1 } }, { error: { json: error } }];
    expect((await classifyFromResponse(json(wrapped, { status: 207 }))).code).toBe('NOT_FOUND');
  });

  it.each([
    [401, 'INVALID_EMAIL_OR_PASSWORD', 'INVALID_CREDENTIALS'],
    [422, 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL', 'EMAIL_ALREADY_REGISTERED'],
    [401, 'PASSKEY_NOT_FOUND', 'PASSKEY_VERIFICATION_FAILED'],
    [404, 'PASSKEY_NOT_FOUND', 'NOT_FOUND'],
    [403, 'SOMETHING_NEW', 'FORBIDDEN'],
  ])('reads a body of Better Auth: %d %s is %s', async (status, rawCode, code) => {
    const answer = json({ code: rawCode, message: 'x' }, { status });
    expect(await classifyFromResponse(answer)).toMatchObject({ code, rawCode });
  });

  it.each([
    [400, 'VALIDATION'],
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [405, 'VALIDATION'],
    [408, 'SERVICE_UNAVAILABLE'],
    [409, 'VALIDATION'],
    [413, 'VALIDATION'],
    [429, 'RATE_LIMITED'],
    [500, 'INTERNAL'],
    [501, 'INTERNAL'],
    [502, 'SERVICE_UNAVAILABLE'],
    [503, 'SERVICE_UNAVAILABLE'],
    [504, 'SERVICE_UNAVAILABLE'],
    [521, 'SERVICE_UNAVAILABLE'],
    [200, 'INTERNAL'],
  ])('goes by the status of anything else, and blames nobody: %d is %s', async (status, code) => {
    for (const body of [null, '', '<html>down</html>', '[]', 'null', '{"error":"x"}', '{']) {
      const error = await classifyFromResponse(new Response(body, { status }));
      expect(error.code).toBe(code);
      expect(errorTable[error.code].countsTowardLockout).toBe(false);
    }
  });

  it('reads Retry-After as a date, by the given clock or by the Date of the response', async () => {
    const headers = {
      'retry-after': 'Tue, 24 Nov 2026 12:01:30 GMT',
      date: 'Tue, 24 Nov 2026 12:01:00 GMT',
    };
    const answer = () => new Response(null, { status: 503, headers });
    const nowMs = Date.UTC(2026, 10, 24, 12, 0, 0);
    expect((await classifyFromResponse(answer(), nowMs)).retryAfterSec).toBe(90);
    expect((await classifyFromResponse(answer())).retryAfterSec).toBe(30);
  });

  it("gives no wait where waiting doesn't help", async () => {
    const answer = new Response(null, { status: 403, headers: { 'retry-after': '5' } });
    expect((await classifyFromResponse(answer)).retryAfterSec).toBeUndefined();
  });

  it('is SERVICE_UNAVAILABLE for a response that never came or broke off', async () => {
    expect((await classifyFromResponse(Response.error())).code).toBe('SERVICE_UNAVAILABLE');
    const broken = new ReadableStream({
      start: (stream) => stream.error(Object.assign(new Error('x'), { code: 'ECONNRESET' })),
    });
    const error = await classifyFromResponse(new Response(broken, { status: 401 }));
    expect(error.code).toBe('SERVICE_UNAVAILABLE');
  });

  it('goes by the status of a response that has already been read', async () => {
    const answer = json(trpc(envelope), { status: 429 });
    await answer.text();
    expect((await classifyFromResponse(answer)).code).toBe('RATE_LIMITED');
  });
});
