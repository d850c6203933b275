/**
 * Prints how many empty tRPC calls each HTTP layer serves, as a ratio to tRPC's own `node:http`
 * adapter in the same round. `docs/adr/0002-http-layer.md` says what was decided from it.
 *
 * Each layer has a process of its own. Rounds are short and alternate in order, so that other work
 * on the machine affects all alike. `node bench/http-layer.bench.ts [rounds] [seconds a shot]`
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { initTRPC } from '@trpc/server';
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { resolveResponse } from '@trpc/server/http';
import autocannon from 'autocannon';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import superjson from 'superjson';

const maxSize = 65_536;
const hostname = '127.0.0.1';
const t = initTRPC.context<{ startedAt: number }>().create({ transformer: superjson });
const router = t.router({
  read: t.procedure.query(() => null),
  write: t.procedure.mutation(() => null),
});
const createContext = async () => ({ startedAt: performance.now() });
const trpcOptions = { router, createContext, maxBatchSize: 10 };
const answerFetch = (req: Request) =>
  fetchRequestHandler({ ...trpcOptions, endpoint: '/trpc', req });

async function listenFastify(mount: (app: FastifyInstance) => void): Promise<number> {
  const app = Fastify({ bodyLimit: maxSize });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) =>
    done(null, text),
  );
  mount(app);
  return Number(new URL(await app.listen({ port: 0, host: hostname })).port);
}

function toRequest(request: FastifyRequest, names: string[]): Request {
  const headers = new Headers();
  for (const name of names) headers.set(name, String(request.headers[name] ?? ''));
  const body = request.method === 'POST' ? { method: 'POST', body: String(request.body) } : {};
  return new Request(`http://localhost${request.url}`, { headers, ...body });
}

function mountFetch(app: FastifyInstance) {
  app.all('/trpc/*', async (request, reply) =>
    reply.send(await answerFetch(toRequest(request, Object.keys(request.headers)))),
  );
}

function mountOwnRoute(app: FastifyInstance) {
  app.all<{ Params: { '*': string } }>('/trpc/*', async (request, reply) => {
    const path = encodeURIComponent(request.params['*']);
    const req = toRequest(request, request.headers['content-type'] ? ['content-type'] : []);
    const response = await resolveResponse({ ...trpcOptions, path, req, error: null });
    reply.code(response.status);
    for (const [name, value] of response.headers) reply.header(name, value);
    return reply.send(await response.text());
  });
}

function listenHono(app: Hono): Promise<number> {
  app.all('/trpc/*', (c) => answerFetch(c.req.raw));
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname }, ({ port }) => resolve(port));
  });
}

async function listenNode(): Promise<number> {
  const limits = { basePath: '/trpc/', maxBodySize: maxSize };
  const server = createServer(createHTTPHandler({ ...trpcOptions, ...limits }));
  await once(server.listen(0, hostname), 'listening');
  return (server.address() as AddressInfo).port;
}

const mountAdapter = (app: FastifyInstance) =>
  app.register(fastifyTRPCPlugin, { prefix: '/trpc', trpcOptions });
const layers: [name: string, listen: () => Promise<number>][] = [
  ['node:http, standalone adapter', listenNode],
  ["Fastify, tRPC's Fastify adapter", () => listenFastify(mountAdapter)],
  ['Fastify, fetch adapter', () => listenFastify(mountFetch)],
  ['Fastify, own route', () => listenFastify(mountOwnRoute)],
  ['Hono, bodyLimit', () => listenHono(new Hono().post('/trpc/*', bodyLimit({ maxSize })))],
  ['Hono without a limit', () => listenHono(new Hono())],
];

const headers = {
  cookie: `session=${'a'.repeat(64)}`,
  referer: 'http://localhost/',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)',
};
const body = '{"json":{"token":"abcdefgh"}}';
const jsonHeaders = { ...headers, 'content-type': 'application/json' };
const calls: Record<string, Omit<autocannon.Options, 'url'> & { path: string }> = {
  GET: { path: '/trpc/read', headers },
  POST: { path: '/trpc/write', method: 'POST', headers: jsonHeaders, body },
};

async function countPerSecond(port: number, method: string, duration: number): Promise<number> {
  const url = `http://${hostname}:${port}${calls[method]?.path}`;
  const shot = await autocannon({ ...calls[method], url, connections: 32, duration });
  if (shot.errors + shot.non2xx > 0) throw new Error(`${url}: ${shot.non2xx} answers not 2xx`);
  return shot['2xx'] / shot.duration;
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

/** For each layer, the median over all rounds of its count divided by the first layer's. */
async function measureRatios(ports: number[], method: string, rounds: number, seconds: number) {
  const ratios = ports.map((): number[] => []);
  for (const port of ports) await countPerSecond(port, method, 1);
  for (let round = 0; round < rounds; round++) {
    const counts = new Map<number, number>();
    for (const port of round % 2 ? ports.toReversed() : ports)
      counts.set(port, await countPerSecond(port, method, seconds));
    const reference = counts.get(ports[0] ?? 0) ?? 0;
    for (const [i, port] of ports.entries()) ratios[i]?.push((counts.get(port) ?? 0) / reference);
  }
  return ratios.map(median);
}

async function main(rounds: number, seconds: number) {
  const children = layers.map((_, index) => fork(import.meta.filename, ['serve', String(index)]));
  const messages = await Promise.all(children.map((child) => once(child, 'message')));
  const ports = messages.map(([port]) => Number(port));
  const get = await measureRatios(ports, 'GET', rounds, seconds);
  const post = await measureRatios(ports, 'POST', rounds, seconds);
  process.stdout.write(`| layer | GET | POST |\n|---|---|---|\n`);
  for (const [index, [name]] of layers.entries())
    process.stdout.write(`| ${name} | ${get[index]?.toFixed(2)} | ${post[index]?.toFixed(2)} |\n`);
  for (const child of children) child.kill();
}

const [first, second] = process.argv.slice(2);
if (first === 'serve') {
  process.send?.(await layers[Number(second)]?.[1]());
  process.once('disconnect', () => process.exit());
} else await main(Number(first ?? 15), Number(second ?? 2));
