import { describe, expect, it } from 'vitest';
import { displayEmail, newEmail, normalizeEmail, storedEmail } from './email-address.ts';

const parsed = (schema: typeof newEmail | typeof storedEmail, email: string) =>
  schema.safeParse(email).data;

describe('an address', () => {
  it.each([
    ['Ada@Example.org', 'ada@example.org'],
    ['o&m@example.org', 'o&m@example.org'],
    ['a/b@example.org', 'a/b@example.org'],
    ["o'hara+tag@example.org", "o'hara+tag@example.org"],
    ['.a..b.@example.org', '.a..b.@example.org'],
    ['svc@localhost', 'svc@localhost'],
    ['ada@192.0.2.1', 'ada@192.0.2.1'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['ada@例え.テスト', 'ada@xn--r8jz45g.xn--zckzah'],
    ['ada@例え。テスト', 'ada@xn--r8jz45g.xn--zckzah'],
  ])('%s may be taken, and is one with %s', (typed, stored) => {
    expect([parsed(newEmail, typed), parsed(storedEmail, ` ${typed}\n`)]).toEqual([stored, stored]);
    expect(normalizeEmail(displayEmail(stored))).toBe(stored);
  });

  it.each([
    'jörg@example.org',
    '"a b"@example.org',
    'a b@example.org',
    'a@b@example.org',
    'ada@exa_mple.org',
    'ada@-example.org',
    'ada@example.org.',
    'ada@bücher.example/path',
    'ada@bücher.example:25',
    'ada@bü%63her.example',
    'ada@xn--a',
    `${'a'.repeat(250)}@example.org`,
    '@example.org',
    'ada@',
  ])('%s may be that of an existing account, and not be taken', (typed) => {
    const isPunycode = typed === 'ada@xn--a';
    expect(parsed(newEmail, typed)).toBe(isPunycode ? typed : undefined);
    expect(parsed(storedEmail, typed)).toBe(typed);
  });

  it.each([
    '',
    'ada',
    'example.org',
    'ada\0@example.org',
    'a\nb@example.org',
    `${'a'.repeat(320)}@b`,
  ])('%j is none', (typed) => {
    expect([parsed(newEmail, typed), parsed(storedEmail, typed)]).toEqual([undefined, undefined]);
  });

  it('is shown as its user would write it', () => {
    expect(displayEmail('ada@xn--bcher-kva.example')).toBe('ada@bücher.example');
    for (const same of ['ada@example.org', 'svc@localhost', 'ada@', 'ada', 'a b@c d']) {
      expect(displayEmail(same)).toBe(same);
    }
  });
});
