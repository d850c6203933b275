import { describe, expect, it } from 'vitest';
import { parseRedirectTarget } from './redirect-target.ts';

const BASE = 'https://auth.example.org';
const TRUSTED = [BASE, 'https://app.example.org', 'http://localhost:5173'];

describe('S16: redirect targets', () => {
  it.each([
    ['/', `${BASE}/`],
    ['/welcome?from=mail#top', `${BASE}/welcome?from=mail#top`],
    ['https://app.example.org/welcome', 'https://app.example.org/welcome'],
    ['HTTPS://APP.example.org/', 'https://app.example.org/'],
    ['http://localhost:5173', 'http://localhost:5173/'],
  ])('follows %s', (target, expected) => {
    expect(parseRedirectTarget(target, BASE, TRUSTED)).toBe(expected);
  });

  it.each([
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\u0000//evil.example',
    ' https://evil.example',
    'https://evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https://app.example.org@evil.example',
    'https://user@app.example.org',
    'https://app.example.org.evil.example',
    'https://evilapp.example.org',
    'https://app.example.org:8443',
    'http://app.example.org',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:https://app.example.org/x',
    'ftp://app.example.org',
    'welcome',
    '',
    '%2f%2fevil.example',
    'https://%65vil.example',
    'https://evil.example\\@app.example.org',
    'https://аpp.example.org',
  ])('refuses %j', (target) => {
    expect(parseRedirectTarget(target, BASE, TRUSTED)).toBeUndefined();
  });
});
