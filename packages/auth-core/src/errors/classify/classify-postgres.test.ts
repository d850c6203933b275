import { describe, expect, it } from 'vitest';
import { publishedSqlStates } from '../../../test/errors/published-sqlstates.fixture.ts';
import { errorTable } from '../codes/codes.ts';
import { classifyFromError, isInfrastructureFault } from './classify-from-error.ts';

/** The class of every published code is in one of these two lists, both written by hand. */
const infrastructure =
  '08 0A 0B 0L 0P 25 26 28 2B 2D 34 3B 3D 3F 40 42 53 54 55 57 58 F0 HV XX'.split(' ');
const program = '00 01 02 03 09 0F 0Z 10 20 21 22 23 24 27 2F 38 39 44 P0'.split(' ');

/** The shape that pg gives to an error from the server (pg-protocol's DatabaseError). */
function databaseError(code: string, fields: object = {}): Error {
  return Object.assign(new Error('said the server'), {
    length: 100,
    name: 'error',
    severity: 'ERROR',
    code,
    routine: 'ExecConstraints',
    ...fields,
  });
}

describe('every SQLSTATE that PostgreSQL publishes', () => {
  it('is in the list', () => {
    expect(publishedSqlStates.length).toBe(262);
    expect(new Set(publishedSqlStates.map(([sqlState]) => sqlState)).size).toBe(262);
  });

  it.each(publishedSqlStates)('%s %s classifies', (sqlState) => {
    const error = classifyFromError(databaseError(sqlState));
    const sqlClass = sqlState.slice(0, 2);
    expect([...infrastructure, ...program]).toContain(sqlClass);
    expect(error.code).toBe(infrastructure.includes(sqlClass) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL');
    expect(error.rawCode).toBe(sqlState);
    expect(errorTable[error.code].countsTowardLockout).toBe(false);
  });
});

describe('an error of Postgres', () => {
  it('about a missing column is a fault of ours: the incident', () => {
    const drift = databaseError('42703', {
      message: 'column "onboarding_completed_at" does not exist',
    });
    expect(isInfrastructureFault(drift)).toBe(true);
  });

  it("that refuses the server's login is never a visitor's wrong password", () => {
    expect(classifyFromError(databaseError('28P01')).code).toBe('SERVICE_UNAVAILABLE');
    expect(classifyFromError(databaseError('28000')).code).toBe('SERVICE_UNAVAILABLE');
  });

  it('that ends the session is infrastructure, whatever its class', () => {
    expect(isInfrastructureFault(databaseError('22023', { severity: 'FATAL' }))).toBe(true);
  });

  it.each([
    { schema: 'auth', table: 'users', constraint: 'users_email_key' },
    { schema: 'auth', table: 'users', constraint: 'users_email_unique' },
    { constraint: 'users_email_key' },
    { table: 'users', constraint: 'x', detail: 'Key (email)=(a@b.c) already exists.' },
    { table: 'users', constraint: 'x', detail: 'Key (lower(email))=(a@b.c) already exists.' },
    { table: 'users', constraint: 'x', detail: 'Key (lower((email)::text))=(a@b.c) exists.' },
  ])("with a unique violation on a user's email is EMAIL_ALREADY_REGISTERED: %j", (fields) => {
    expect(classifyFromError(databaseError('23505', fields)).code).toBe('EMAIL_ALREADY_REGISTERED');
  });

  it.each([
    {},
    { schema: 'auth', table: 'users', constraint: 'users_pkey' },
    { schema: 'auth', table: 'sessions', constraint: 'sessions_token_key' },
    { schema: 'auth', table: 'invitations', constraint: 'invitations_email_key' },
    { schema: 'billing', table: 'users', constraint: 'users_email_key' },
    { table: 'newsletter', constraint: 'users_email_key' },
    { constraint: 'x', detail: 'Key (email)=(a@b.c) already exists.' },
    { schema: 'auth', table: 'users' },
    { table: 'users', constraint: 'users_email_token_key' },
    { table: 'users', constraint: 'x', detail: 'Key (name)=((email)=(x)) already exists.' },
    { table: 'users', constraint: 'x', detail: 'Key (email_token)=(x) already exists.' },
    { table: 'sessions', constraint: 'x', detail: 'Key (email)=(a@b.c) already exists.' },
  ])('with any other unique violation is not: %j', (fields) => {
    expect(classifyFromError(databaseError('23505', fields)).code).toBe('INTERNAL');
  });

  it('other than a unique violation is never about the email', () => {
    const fields = { schema: 'auth', table: 'users', constraint: 'users_email_key' };
    expect(classifyFromError(databaseError('23514', fields)).code).toBe('INTERNAL');
  });
});

describe('five capitals', () => {
  it("without the shape of a server error aren't a SQLSTATE", () => {
    for (const code of ['42703', '23505', 'ABCDE', 'XX000']) {
      const error = Object.assign(new Error('x'), { code });
      expect(classifyFromError(error)).toMatchObject({ code: 'INTERNAL', rawCode: undefined });
    }
  });

  it.each([
    { severity: 'ERROR' },
    { routine: 'errorMissingColumn' },
    { length: 100, name: 'error' },
  ])('with any mark of a server error are one: %j', (marks) => {
    const error = { code: '42703', message: 'x', ...marks };
    expect(classifyFromError(error)).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      rawCode: '42703',
    });
  });

  it.each([
    { code: '42703', name: 'error' },
    { code: '42703', length: 100 },
    { code: '42703', length: 100, name: 'Error' },
    { code: '42703', severity: 'ERROR', syscall: 'open' },
    { code: '427030', severity: 'ERROR' },
    { code: 'x42703', severity: 'ERROR' },
    { code: '4270x', severity: 'ERROR' },
    { severity: 'ERROR' },
  ])("are examined closely: %j isn't one", (error) => {
    expect(classifyFromError(error)).toMatchObject({ code: 'INTERNAL', rawCode: undefined });
  });

  it.each(['FATAL', 'PANIC'])(
    'of a program are infrastructure where %s ended the session',
    (severity) => {
      expect(classifyFromError(databaseError('22012', { severity })).code).toBe(
        'SERVICE_UNAVAILABLE',
      );
      expect(classifyFromError(databaseError('22012')).code).toBe('INTERNAL');
    },
  );

  it('of the operating system keep their own meaning', () => {
    const pipe = Object.assign(new Error('write EPIPE'), {
      errno: -32,
      code: 'EPIPE',
      syscall: 'write',
    });
    expect(classifyFromError(pipe)).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      rawCode: 'EPIPE',
    });
    const perm = Object.assign(new Error('EPERM'), { errno: -1, code: 'EPERM', syscall: 'open' });
    expect(classifyFromError(perm).code).toBe('INTERNAL');
  });
});
