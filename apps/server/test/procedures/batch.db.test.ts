import superjson from 'superjson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const GUARDED_CALLS = 20;

describe('S10: batches', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({
      environment: { CALLS_PER_MINUTE: String(GUARDED_CALLS * 10) },
    });
  });
  afterAll(() => server.close());

  async function batch(path: string, inputs: unknown[], headers: Record<string, string> = {}) {
    const body = Object.fromEntries(inputs.map((input, i) => [i, superjson.serialize(input)]));
    const response = await fetch(
      `${server.origin}/trpc/${inputs.map(() => path).join(',')}?batch=1`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      },
    );
    return { response, body: JSON.parse(await response.text()) };
  }

  const wrong = () => ({ email: freshEmail(), password: 'wrong' });

  it('take ten calls; an eleventh turns the whole into an error in our envelope', async () => {
    const ten = await batch('auth.validate', Array(10).fill({ token: 'x' }));
    expect(ten.response.status).toBe(200);
    expect(ten.body).toHaveLength(10);
    const eleven = await batch('auth.validate', Array(11).fill({ token: 'x' }));
    expect(eleven.response.status).toBe(400);
    expect(eleven.body.error.json.data.auth).toMatchObject({
      code: 'VALIDATION',
      requestId: eleven.response.headers.get('x-request-id'),
    });
  });

  it('answer each call for itself', async () => {
    const body = { 0: superjson.serialize({ token: 'x' }), 1: superjson.serialize(wrong()) };
    const response = await fetch(`${server.origin}/trpc/auth.verifyEmail,auth.login?batch=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const [first, second] = JSON.parse(await response.text());
    expect(response.status).toBe(207);
    expect(first.error.json.data.auth.code).toBe('TOKEN_INVALID');
    expect(second.error.json.data.auth.code).toBe('INVALID_CREDENTIALS');
  });

  it('count as many calls as they hold, even if a stream is asked for', async () => {
    const codes: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { response, body } = await batch('auth.login', Array.from({ length: 10 }, wrong), {
        'trpc-accept': 'application/jsonl',
      });
      codes.push(
        ...body.map(
          (answer: { error: { json: { data: { auth: { code: string } } } } }) =>
            answer.error.json.data.auth.code,
        ),
      );
      if (codes.includes('RATE_LIMITED')) {
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      }
    }
    // Two guarded calls went before, in the mixed batch.
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(GUARDED_CALLS - 2);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(30 - GUARDED_CALLS + 2);
  });

  it('S24: other spellings of a path share the limit or don’t exist', async () => {
    const input = JSON.stringify(superjson.serialize({ email: freshEmail(), password: PASSWORD }));
    const spellings = [
      'trpc/auth.login',
      'trpc/auth%2elogin',
      'trpc/%61uth.login',
      'trpc//auth.login',
      '/trpc/auth.login',
      'trpc/auth.login/',
      'trpc/AUTH.login',
      'TRPC/auth.login',
      'trpc/auth%2Flogin',
      'trpc/./auth.login',
      'trpc/auth.login?',
      'trpc/auth%252elogin',
    ];
    for (const spelling of spellings) {
      const response = await fetch(`${server.origin}/${spelling}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: input,
      });
      expect([spelling, response.status]).toBeOneOf([
        [spelling, 429],
        [spelling, 404],
      ]);
      if (response.status === 429) expect(response.headers.has('retry-after')).toBe(true);
    }
  });
});
