import { describe, expect, test } from 'vitest';
import { findRoutedAddress, type LinkClick, type LinkTarget } from './link-click.ts';

const click: LinkClick = {
  button: 0,
  metaKey: false,
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  defaultPrevented: false,
};
const link: LinkTarget = {
  href: 'https://auth.example.org/sign-in?verified=1',
  target: '',
  isDownload: false,
};
const ours = { origin: 'https://auth.example.org', isOurs: (path: string) => path === '/sign-in' };

describe('findRoutedAddress', () => {
  test('follows a plain click on a link to a page', () => {
    expect(findRoutedAddress(click, link, ours)).toBe('/sign-in?verified=1');
  });

  test.each([
    ['a middle click', { button: 1 }],
    ['Ctrl', { ctrlKey: true }],
    ['Cmd', { metaKey: true }],
    ['Shift', { shiftKey: true }],
    ['Alt', { altKey: true }],
    ['a click that was handled already', { defaultPrevented: true }],
  ])('leaves %s to the browser', (_name, change) => {
    expect(findRoutedAddress({ ...click, ...change }, link, ours)).toBeUndefined();
  });

  test.each([
    ['a new tab', { target: '_blank' }],
    ['a download', { isDownload: true }],
    ['another site', { href: 'https://example.org/sign-in' }],
    ['an address of the server', { href: 'https://auth.example.org/dev/outbox' }],
    ['no address at all', { href: '' }],
    ['a mail address', { href: 'mailto:help@example.org' }],
  ])('leaves %s to the browser', (_name, change) => {
    expect(findRoutedAddress(click, { ...link, ...change }, ours)).toBeUndefined();
  });
});
