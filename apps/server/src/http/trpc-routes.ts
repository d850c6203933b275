import cors from '@fastify/cors';
import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { errorTable, trpcCodeFor } from '@mana/auth-core/errors/codes/codes';
import { TRPCError } from '@trpc/server';
import { resolveResponse } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toClientRequest } from '../better-auth/client-request.ts';
import type { Deps } from '../deps.ts';
import {
  logError,
  rememberRequest,
  retryAfter,
  toAuthError,
  toErrorResponse,
} from '../trpc/error-response.ts';
import type { AppOptions } from './app-options.ts';
import { findCsrfProblem } from './csrf.ts';
import { checkQuery, decodeBody } from './decode-text.ts';

type TrpcRequest = FastifyRequest<{ Params: { '*': string } }>;

/** Maximum number of calls in one request (S10). */
const MAX_BATCH_SIZE = 10;

/**
 * The procedures, under `/trpc`. What fails before a procedure runs (a foreign origin, a body that is too
 * large or of another type, a server that is still starting) is answered in the same envelope.
 */
export async function trpcRoutes(app: FastifyInstance, options: AppOptions): Promise<void> {
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => decodeBody(body),
  );
  await app.register(cors, {
    origin: [...options.config.trustedOrigins],
    credentials: true,
    methods: ['GET', 'POST'],
    exposedHeaders: ['retry-after', 'x-request-id'],
    maxAge: 600,
    strictPreflight: false,
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  app.setNotFoundHandler((request, reply) =>
    answerTransportError(new AuthError('NOT_FOUND'), request, reply),
  );
  app.setErrorHandler((error, request, reply) => answerTransportError(error, request, reply));

  app.route<{ Params: { '*': string } }>({
    method: ['GET', 'POST'],
    url: '/*',
    exposeHeadRoute: false,
    async onRequest(request) {
      const problem = findCsrfProblem(toClientRequest(request), request, options.config);
      if (problem) throw new AuthError('FORBIDDEN', { cause: new Error(problem) });
    },
    async handler(request, reply) {
      const deps = options.getDeps();
      if (typeof deps === 'string') {
        throw new AuthError('SERVICE_UNAVAILABLE', { cause: new Error(deps) });
      }
      return answerCalls(deps, request, reply);
    },
  });

  async function answerTransportError(
    error: unknown,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const authError = toTransportError(error);
    logError(options.log, authError, { requestId: request.id, path: request.routeOptions.url });
    const wait = retryAfter(authError);
    if (wait !== undefined) reply.header('retry-after', wait);
    const { httpStatus } = errorTable[authError.code];
    const auth = toErrorResponse(authError, request.id);
    const code = trpcCodeFor(authError.code);
    const data = { code, httpStatus, auth };
    const json = { message: auth.message, code: TRPC_ERROR_CODES_BY_KEY[code], data };
    return reply.status(httpStatus).send({ error: { json } });
  }

  async function answerCalls(deps: Deps, request: TrpcRequest, reply: FastifyReply) {
    const responseHeaders = new Headers();
    const response = await resolveResponse({
      router: options.router,
      req: toFetchRequest(request),
      // tRPC decodes it again; without this, `%2565` would be read as an `e`.
      path: encodeURIComponent(request.params['*']),
      error: null,
      allowMethodOverride: true,
      maxBatchSize: MAX_BATCH_SIZE,
      createContext: async () => ({ deps, request: toClientRequest(request), responseHeaders }),
      onError({ error, path }) {
        rememberRequest(error, request.id);
        logError(deps.log, toAuthError(error), { requestId: request.id, path });
      },
      responseMeta({ errors }) {
        const waits = errors.map((error) => retryAfter(toAuthError(error)) ?? 0);
        const longest = Math.max(0, ...waits);
        if (longest > 0) responseHeaders.set('retry-after', String(longest));
        return { headers: responseHeaders };
      },
    });
    reply.status(response.status);
    for (const [name, value] of response.headers) {
      // tRPC varies by headers that it never sees; CORS has already set what the answer varies by.
      if (name !== 'vary') reply.header(name, value);
    }
    return reply.send(await response.text());
  }
}

/**
 * The request as tRPC reads it: method, query, content type and body. No other header is passed on, so
 * that none changes how it answers; `trpc-accept` would ask for a stream, whose status is sent too early.
 *
 * The body is text already: handing it over as it is saves writing and reading a stream.
 */
function toFetchRequest({ method, headers, url, body }: TrpcRequest): Request {
  const type = headers['content-type'];
  const request = new Request(`http://localhost/${checkQuery(url)}`, {
    method,
    headers: type ? { 'content-type': type } : {},
  });
  return Object.assign(request, { text: async () => (typeof body === 'string' ? body : '') });
}

/** Fastify's own errors carry a status; below 500 the request is at fault. */
function toTransportError(error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  if (!(error instanceof Error)) return new AuthError('INTERNAL', { cause: error });
  const statusCode = 'statusCode' in error ? error.statusCode : 500;
  const message = {
    413: 'The request is larger than 64 KiB.',
    415: 'Requests must be sent as application/json.',
  }[String(statusCode)];
  if (message) return new AuthError('VALIDATION', { message, cause: error });
  const isClientFault = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isClientFault
    ? new AuthError('VALIDATION', { cause: error })
    : toAuthError(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: error }));
}
