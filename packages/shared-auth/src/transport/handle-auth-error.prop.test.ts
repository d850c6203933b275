import { errorTable, isErrorCode } from '@mana/auth-core/errors/codes/codes';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createSignedIn,
  type FaultServer,
  startFaultServer,
} from '../../test/fault-server.fixture.ts';
import { createTestClient } from '../../test/test-client.fixture.ts';
import { handleAuthError } from './handle-auth-error.ts';
import type { AuthFailure, AuthResult } from './result.ts';

const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? 500);

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterAll(() => server.stop());

const message = fc.oneof(
  fc.string(),
  fc.constantFrom('fetch failed', 'Invalid email or password', 'Token expired'),
);
const thrown = fc.oneof(
  fc.anything({ withNullPrototype: true, withDate: true, withBigInt: true }),
  fc.record({ status: fc.anything(), code: message, message, cause: fc.anything() }),
  fc.record({ data: fc.record({ auth: fc.anything(), field: fc.anything() }) }),
);

it('handleAuthError returns a failure with a known code for anything that is thrown', () => {
  fc.assert(
    fc.property(thrown, (error) => {
      expectFailure(handleAuthError(error));
    }),
    { numRuns: INPUTS },
  );
});

it('handleAuthError survives objects that throw when read', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = {
    get data(): never {
      throw new Error('no');
    },
  };
  const cyclic: { cause?: unknown } = {};
  cyclic.cause = cyclic;
  for (const error of [proxy, throwing, cyclic]) expectFailure(handleAuthError(error));
});

const annotation = fc.dictionary(
  fc.constantFrom('user', 'accessTokenExpiresAt', 'a.b', '__proto__', 'user.createdAt'),
  fc.oneof(fc.constantFrom(['Date'], ['class', 'Foo'], ['map'], [['set'], 'x']), fc.jsonValue()),
);
const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc.constantFrom(JSON.stringify({ result: { data: { json: createSignedIn('ada') } } }), '[]', ''),
  fc
    .record({
      json: fc.jsonValue(),
      meta: fc.oneof(fc.jsonValue(), fc.record({ values: annotation })),
    })
    .map((data) => JSON.stringify({ result: { data } })),
  fc
    .record({
      code: fc.oneof(fc.string(), fc.constantFrom(...Object.keys(errorTable))),
      message,
      retryable: fc.boolean(),
      requestId: fc.string(),
    })
    .map((auth) => JSON.stringify({ error: { json: { data: { auth } } } })),
);
const answer = fc.record({
  status: fc.oneof(fc.integer({ min: 200, max: 599 }), fc.constantFrom(200, 401, 429, 503)),
  retryAfter: fc.oneof(fc.stringMatching(/^[ -~]*$/), fc.nat().map(String)),
  body,
});

it('no call throws, whatever the response', async () => {
  await fc.assert(
    fc.asyncProperty(answer, async ({ status, retryAfter, body }) => {
      server.respondWith((_call, response) => {
        response.writeHead(status, { 'retry-after': retryAfter }).end(body);
      });
      const client = createTestClient(server.url);
      for (const result of [
        await client.restore(),
        await client.getAccessToken(),
        await client.login({ email: 'ada@example.org', password: 'x' }),
        await client.profile(),
        await client.logout(),
        await client.health(),
      ]) {
        expectResult(result);
      }
      expect({}).not.toHaveProperty('polluted');
    }),
    { numRuns: INPUTS / 10 },
  );
});

function expectResult(result: AuthResult<unknown>): void {
  if (!result.success) expectFailure(result);
}

function expectFailure(failure: AuthFailure): void {
  expect(failure.success).toBe(false);
  expect(isErrorCode(failure.code)).toBe(true);
  expect(failure.error).not.toBe('');
  expect(typeof failure.retryable).toBe('boolean');
  if ('retryAfterSec' in failure) expect(failure.retryAfterSec).toBeGreaterThanOrEqual(0);
}
