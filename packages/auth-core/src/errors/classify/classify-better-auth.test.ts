import { describe, expect, it } from 'vitest';
import { classifyBetterAuth } from './classify-better-auth.ts';

const issues = [{ path: ['email'] }];
const apiError = { name: 'APIError', statusCode: 400, status: 'BAD_REQUEST', issues };

describe("Better Auth's APIError", () => {
  it('goes by its code, else by its status', () => {
    const body = { code: 'INVALID_EMAIL_OR_PASSWORD' };
    expect(classifyBetterAuth({ ...apiError, statusCode: 401, body })).toEqual({
      code: 'INVALID_CREDENTIALS',
      rawCode: body.code,
      path: undefined,
    });
    expect(classifyBetterAuth({ ...apiError, statusCode: 404 })?.code).toBe('NOT_FOUND');
    expect(classifyBetterAuth({ name: 'APIError', status: 404 })?.code).toBe('NOT_FOUND');
  });

  it('names the path of wrong input, and of nothing else', () => {
    expect(classifyBetterAuth(apiError)).toMatchObject({ code: 'VALIDATION', path: 'email' });
    expect(classifyBetterAuth({ ...apiError, statusCode: 404 })?.path).toBeUndefined();
  });

  it.each([
    [{ ...apiError, name: 'Error' }],
    [{ name: 'APIError', status: 'BAD_REQUEST', body: { code: 'USER_NOT_FOUND' } }],
    [{ name: 'APIError' }],
    [undefined],
  ])('is not %j', (error) => {
    expect(classifyBetterAuth(error)).toBeUndefined();
  });
});
