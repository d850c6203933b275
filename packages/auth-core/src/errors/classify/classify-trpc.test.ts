import { initTRPC, TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { z as z3 } from 'zod/v3';
import * as zodCore from 'zod/v4/core';
import { errorTable } from '../codes/codes.ts';
import { classifyFromError } from './classify-from-error.ts';
import { classifyTrpc, codeForTrpcCode } from './classify-trpc.ts';

const t = initTRPC.create();
const input = z.object({ items: z.array(z.object({ email: z.email() })) });
const router = t.router({
  strict: t.procedure.input(input).query(() => 'ok'),
  brokenOutput: t.procedure.output(z.object({ id: z.string() })).query(() => ({ id: 7 }) as never),
  throwing: t.procedure.input(z.unknown()).query(({ input: thrown }) => {
    throw thrown;
  }),
});
const caller = t.createCallerFactory(router)({});

const failure = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe('a TRPCError', () => {
  it('maps every code of tRPC, none of which counts toward lockout', () => {
    for (const trpcCode of Object.keys(TRPC_ERROR_CODES_BY_KEY)) {
      const code = codeForTrpcCode(trpcCode);
      expect(code, trpcCode).toBeDefined();
      if (code !== undefined) expect(errorTable[code].countsTowardLockout, trpcCode).toBe(false);
    }
  });

  it.each([
    ['PARSE_ERROR', 'VALIDATION'],
    ['BAD_REQUEST', 'VALIDATION'],
    ['UNSUPPORTED_MEDIA_TYPE', 'VALIDATION'],
    ['PAYLOAD_TOO_LARGE', 'VALIDATION'],
    ['METHOD_NOT_SUPPORTED', 'VALIDATION'],
    ['NOT_FOUND', 'NOT_FOUND'],
    ['UNAUTHORIZED', 'UNAUTHORIZED'],
    ['FORBIDDEN', 'FORBIDDEN'],
    ['TOO_MANY_REQUESTS', 'RATE_LIMITED'],
    ['TIMEOUT', 'SERVICE_UNAVAILABLE'],
    ['CLIENT_CLOSED_REQUEST', 'VALIDATION'],
    ['INTERNAL_SERVER_ERROR', 'INTERNAL'],
  ] as const)('%s is %s', (trpcCode, code) => {
    expect(classifyFromError(new TRPCError({ code: trpcCode })).code).toBe(code);
  });

  it('of a refused input is VALIDATION with the path of the first issue', async () => {
    const wrong = { items: [{ email: 'a@b.de' }, { email: 'nowhere' }, { email: 'either' }] };
    const error = classifyFromError(await failure(caller.strict(wrong)));
    expect(error).toMatchObject({ code: 'VALIDATION', path: 'items.1.email' });
  });

  it('of a refused output is our mistake, not the caller’s', async () => {
    const error = await failure(caller.brokenOutput());
    expect(error).toBeInstanceOf(TRPCError);
    expect(classifyFromError(error)).toMatchObject({ code: 'INTERNAL', path: undefined });
  });

  it('around what a procedure threw goes by what was thrown', async () => {
    const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    expect(classifyFromError(await failure(caller.throwing(refused))).code).toBe(
      'SERVICE_UNAVAILABLE',
    );
    const plain = { code: '53300', severity: 'FATAL', message: 'too many clients' };
    expect(classifyFromError(await failure(caller.throwing(plain))).rawCode).toBe('53300');
    expect(classifyFromError(await failure(caller.throwing(new Error('bug')))).code).toBe(
      'INTERNAL',
    );
  });

  it('for a procedure that does not exist is NOT_FOUND', async () => {
    const procedure: () => Promise<unknown> = Reflect.get(caller, 'nope');
    expect(classifyFromError(await failure(procedure())).code).toBe('NOT_FOUND');
  });
});

describe('classifyTrpc', () => {
  const name = 'TRPCError';
  const cause = { issues: [{ path: ['email'] }] };

  it('names the path of wrong input, and of nothing else', () => {
    expect(classifyTrpc({ name, code: 'BAD_REQUEST', cause })).toEqual({
      code: 'VALIDATION',
      path: 'email',
      rawCode: 'BAD_REQUEST',
    });
    expect(classifyTrpc({ name, code: 'NOT_FOUND', cause })?.path).toBeUndefined();
  });

  it('leaves what a procedure threw to its cause, except a failed output check', () => {
    const code = 'INTERNAL_SERVER_ERROR';
    expect(classifyTrpc({ name, code, message: 'x' })).toBeUndefined();
    expect(classifyTrpc({ name, code, message: 'Output validation failed' })).toEqual({
      code: 'INTERNAL',
      rawCode: code,
    });
  });

  it.each([{ name }, { name, code: 'TEAPOT' }, { name: 'Error', code: 'NOT_FOUND' }])(
    'does not know %j',
    (error) => {
      expect(classifyTrpc(error)).toBeUndefined();
    },
  );
});

describe('a ZodError', () => {
  it('of zod 4, zod 3 and zod core is VALIDATION with its path', () => {
    const wrong = { items: [{ email: 'nowhere' }] };
    const v3 = z3.object({ items: z3.array(z3.object({ email: z3.string().email() })) });
    for (const error of [
      input.safeParse(wrong).error,
      v3.safeParse(wrong).error,
      zodCore.safeParse(input, wrong).error,
    ]) {
      expect(classifyFromError(error)).toMatchObject({ code: 'VALIDATION', path: 'items.0.email' });
    }
  });

  it('about the whole input has no path', () => {
    const error = classifyFromError(input.safeParse('text').error);
    expect(error).toMatchObject({ code: 'VALIDATION', path: undefined });
  });

  it('needs its shape, not only its name', () => {
    const impostor = Object.assign(new Error('x'), { name: 'ZodError' });
    expect(classifyFromError(impostor).code).toBe('INTERNAL');
  });
});
