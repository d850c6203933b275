import { describe, expect, it } from 'vitest';
import { findCallbackPage } from './callback-page.ts';

const baseUrl = 'https://auth.example.org';
const APP_PAGE = 'https://app.example.org/welcome?a=1';
const pages = { baseUrl, callbackPages: [`${baseUrl}/`, `${baseUrl}/profile`, APP_PAGE] };

describe('S16: a mailed link leads to a named page and nowhere else', () => {
  it.each([
    ['/', `${baseUrl}/`],
    ['/profile', `${baseUrl}/profile`],
    [baseUrl, `${baseUrl}/`],
    [APP_PAGE, APP_PAGE],
    ['HTTPS://APP.example.org/welcome?a=1', APP_PAGE],
    ['/\t/auth.example.org/profile', `${baseUrl}/profile`],
  ])('follows %s', (target, expected) => {
    expect(findCallbackPage(pages, target)).toBe(expected);
  });

  it.each([
    '/elsewhere',
    '/profile?next=https://evil.example',
    '/profile#token',
    '/profile/',
    '/profile/../elsewhere',
    'https://app.example.org/',
    'https://app.example.org/welcome',
    'https://app.example.org/welcome?a=1&b=2',
    'https://app.example.org/welcome?a=1#x',
    'https://app.example.org/Welcome?a=1',
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
    'https://app.example.org@evil.example/welcome?a=1',
    'https://user@app.example.org/welcome?a=1',
    'https://app.example.org.evil.example/welcome?a=1',
    'https://evilapp.example.org/welcome?a=1',
    'https://app.example.org:8443/welcome?a=1',
    'http://app.example.org/welcome?a=1',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'blob:https://app.example.org/welcome?a=1',
    'ftp://app.example.org/welcome?a=1',
    'https://',
    '%2f%2fevil.example',
    'https://evil.example\\@app.example.org/welcome?a=1',
    'https://аpp.example.org/welcome?a=1',
  ])('refuses %j', (target) => {
    expect(findCallbackPage(pages, target)).toBeUndefined();
  });
});
