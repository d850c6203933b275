import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AuthError } from '../codes/auth-error.ts';
import { errorTable, isErrorCode } from '../codes/codes.ts';
import { parseEnvelope, toEnvelope } from '../wire/error-envelope.ts';
import { classifyFromError, isInfrastructureFault } from './classify-from-error.ts';

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
});

/** Values that look a little like an error, for the branches that `anything` never reaches. */
const errorLike = fc.record(
  {
    name: fc.oneof(anything, fc.constantFrom('APIError', 'TRPCError', 'ZodError', 'error')),
    code: fc.oneof(anything, fc.string({ minLength: 5, maxLength: 5 }), fc.constant('BAD_REQUEST')),
    status: anything,
    statusCode: fc.oneof(anything, fc.integer()),
    body: fc.oneof(anything, fc.record({ code: fc.string() })),
    severity: anything,
    length: anything,
    issues: fc.oneof(anything, fc.array(fc.record({ path: fc.array(anything) }))),
    message: anything,
    errors: anything,
    cause: anything,
  },
  { requiredKeys: [] },
);

const wrapped = fc
  .tuple(fc.oneof(anything, errorLike), fc.array(fc.boolean(), { maxLength: 30 }))
  .map(([value, wraps]) =>
    wraps.reduce<unknown>(
      (inner, asAggregate) =>
        asAggregate ? new AggregateError([1, inner]) : new Error('w', { cause: inner }),
      value,
    ),
  );

it("is total, never throws, and blames nobody for what it doesn't recognise", () => {
  fc.assert(
    fc.property(wrapped, (value) => {
      const error = classifyFromError(value);
      expect(error).toBeInstanceOf(AuthError);
      expect(isErrorCode(error.code)).toBe(true);
      expect(errorTable[error.code].countsTowardLockout).toBe(false);
      expect(parseEnvelope(toEnvelope(error, 'r'))?.code).toBe(error.code);
    }),
    { numRuns: Number(process.env['FUZZ_INPUTS'] ?? 500) },
  );
});

it('finds a fault anywhere in a chain', () => {
  const fault = Object.assign(new Error('x'), { code: 'ECONNRESET' });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), anything), { maxLength: 30 }), (layers) => {
      const chain = layers.reduce<unknown>(
        (inner, [asAggregate, other]) =>
          asAggregate
            ? new AggregateError([other, inner])
            : new Error('INVALID_PASSWORD', { cause: inner }),
        fault,
      );
      expect(isInfrastructureFault(chain)).toBe(true);
    }),
  );
});

it('classifies its own result the same', () => {
  fc.assert(
    fc.property(wrapped, (value) => {
      const once = classifyFromError(value);
      expect(classifyFromError(once).code).toBe(once.code);
    }),
  );
});

it('puts nothing of an error on the wire', () => {
  const secret = 'S3CR3T-9f2c';
  const holdsSecret = fc.constantFrom('message', 'detail', 'constraint', 'code', 'table', 'hint');
  fc.assert(
    fc.property(holdsSecret, fc.constantFrom('42703', '23505', 'EPIPE'), (field, code) => {
      const cause = Object.assign(new Error('x'), { code, severity: 'ERROR', [field]: secret });
      const envelope = toEnvelope(classifyFromError(new Error(secret, { cause })), 'r');
      expect(JSON.stringify(envelope)).not.toContain(secret);
    }),
  );
});
