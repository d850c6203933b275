import { APIError } from 'better-auth';
import { describe, expect, it } from 'vitest';
import { AuthError } from '../codes/auth-error.ts';
import {
  classifyFromError,
  classifyWithFaults,
  isInfrastructureFault,
} from './classify-from-error.ts';

const drift = Object.assign(new Error('column does not exist'), {
  code: '42703',
  severity: 'ERROR',
});
const wrongPassword = () =>
  APIError.from('UNAUTHORIZED', { code: 'INVALID_EMAIL_OR_PASSWORD', message: 'x' });

describe('classifyFromError', () => {
  it('passes an AuthError through, bare, as a cause and among several', () => {
    const own = new AuthError('TOKEN_EXPIRED', { cause: new Error('x') });
    expect(classifyFromError(own)).toBe(own);
    expect(classifyFromError(new Error('y', { cause: own }))).toBe(own);
    expect(classifyFromError(new AggregateError([new Error('z'), own]))).toBe(own);
    expect(classifyFromError(new Error('y', { cause: wrongPassword() })).code).toBe(
      'INVALID_CREDENTIALS',
    );
  });

  it('lets a fault win over everything around it', () => {
    const wrong = wrongPassword();
    wrong.cause = drift;
    const own = new AuthError('INVALID_CREDENTIALS', { cause: drift });
    const both = new AggregateError([wrongPassword(), new AuthError('UNAUTHORIZED'), drift]);
    for (const error of [wrong, own, both, new Error('x', { cause: both })]) {
      expect(classifyFromError(error)).toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        rawCode: '42703',
        cause: error,
      });
    }
  });

  it('keeps a wait that was set further down', () => {
    const shed = new AuthError('SERVICE_UNAVAILABLE', { retryAfterSec: 3 });
    expect(classifyFromError(new Error('x', { cause: shed }))).toBe(shed);
  });

  it('lets the outer of two recognised errors decide', () => {
    const outer = new APIError('FORBIDDEN');
    outer.cause = wrongPassword();
    expect(classifyFromError(outer).code).toBe('FORBIDDEN');
  });

  it.each([
    undefined,
    null,
    0,
    'ECONNREFUSED',
    Symbol('x'),
    10n,
    new Error('bug'),
    new TypeError('x is not a function'),
    {},
    Object.create(null),
    () => 1,
    { code: 'INVALID_CREDENTIALS', name: 'AuthError' },
  ])("makes INTERNAL of what isn't recognised, and keeps it as the cause (%#)", (thrown) => {
    const error = classifyFromError(thrown);
    expect(error.code).toBe('INTERNAL');
    expect(error.cause).toBe(thrown);
    expect(Object.hasOwn(error, 'cause')).toBe(true);
  });
});

it('lets an AuthError about a fault win over one before it', () => {
  const fault = new AuthError('SERVICE_UNAVAILABLE', { cause: 'x' });
  const first = new AuthError('INVALID_CREDENTIALS', { cause: fault });
  expect(classifyFromError(first)).toBe(fault);
  expect(first.name).toBe('AuthError');
});

describe('a hostile value never makes the classifier throw or hang', () => {
  const refuse = () => {
    throw new Error('trap');
  };
  const throwingProxy = new Proxy(new Error('x'), {
    get: refuse,
    has: refuse,
    getPrototypeOf: refuse,
    ownKeys: refuse,
    getOwnPropertyDescriptor: refuse,
  });
  const { proxy: revoked, revoke } = Proxy.revocable([], {});
  revoke();
  const revokedError = Proxy.revocable(new AuthError('TOKEN_EXPIRED'), {});
  revokedError.revoke();
  const cyclic = new Error('a');
  cyclic.cause = new Error('b', { cause: cyclic });
  const endless = {
    get cause(): unknown {
      return Object.create(Object.getPrototypeOf(this), Object.getOwnPropertyDescriptors(this));
    },
  };
  const self: { errors: unknown[] } = { errors: [] };
  self.errors.push(self, self);
  const recursing: unknown = new Proxy({}, { get: (_target, _key, receiver) => receiver.x });
  /** Without a stack, for a million of those take seconds. */
  const bareError = (): Error => Object.create(Error.prototype);
  const getters = Object.defineProperties(new Error('x'), {
    code: { get: refuse },
    cause: { get: refuse },
    message: { get: refuse },
  });

  it.each([
    ['a proxy that throws on every trap', throwingProxy],
    ['a revoked proxy', revoked],
    ['a revoked proxy of an AuthError', revokedError.proxy],
    ['a cyclic cause', cyclic],
    ['a cause that is new at each look', endless],
    ['an aggregate of itself', self],
    ['a getter that overflows the stack', recursing],
    ['getters that throw', getters],
    ['an aggregate of a revoked proxy', { errors: revoked }],
    ['an array that lies about its length', { errors: new Proxy([], { get: () => 2 ** 53 }) }],
    ['a million errors', new AggregateError(Array.from({ length: 1e6 }, bareError))],
  ])('%s', (_what, thrown) => {
    const started = performance.now();
    expect(classifyFromError(thrown).code).toBe('INTERNAL');
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('a fault among them is still found', () => {
    const mixed = new AggregateError([{ errors: revoked }, throwingProxy, revoked, getters, drift]);
    expect(isInfrastructureFault(mixed)).toBe(true);
  });

  it('a fault behind a crowd of cycles is still found', () => {
    const crowd: { errors: unknown[]; cause: unknown } = {
      errors: [],
      cause: new Error('a', { cause: new Error('b', { cause: drift }) }),
    };
    crowd.errors = Array.from({ length: 90 }, () => crowd);
    expect(isInfrastructureFault(crowd)).toBe(true);
  });

  it('a proxy that reads differently the second time', () => {
    let reads = 0;
    const moody = new Proxy(new AuthError('TOKEN_EXPIRED'), {
      get: (target, key, receiver) => {
        reads += 1;
        if (reads > 3) throw new Error('trap');
        return Reflect.get(target, key, receiver);
      },
    });
    expect(() => classifyFromError(moody)).not.toThrow();
  });
});

describe('classifyWithFaults', () => {
  it('is SERVICE_UNAVAILABLE with the first fault as its cause, whatever was thrown', () => {
    const second = new Error('later');
    for (const thrown of [wrongPassword(), new AuthError('TWO_FACTOR_FAILED'), undefined]) {
      expect(classifyWithFaults(thrown, [drift, second])).toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        rawCode: '42703',
        cause: drift,
      });
    }
  });

  it('is classifyFromError where no fault was seen', () => {
    expect(classifyWithFaults(wrongPassword(), []).code).toBe('INVALID_CREDENTIALS');
  });
});
