import { symmetricEncrypt } from 'better-auth/crypto';
import { Secret } from 'otpauth';
import { decodeQR } from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { createAppSecrets } from '../../../secrets/app-secrets.ts';
import { openTotpKey } from './stored-totp-key.ts';
import { describeTotp, findTotpStep, generateTotpKey } from './totp.ts';

/** RFC 6238 appendix B, SHA-1. Apps show the last six digits of its eight. */
const RFC_KEY = '12345678901234567890';
const RFC_VECTORS = [
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
] as const;

const secrets = createAppSecrets('a secret of the tests, and of nothing else', []);

describe('the code of an authenticator app', () => {
  it.each(RFC_VECTORS)('is that of RFC 6238 at second %i', async (seconds, code) => {
    const stored = await symmetricEncrypt({ key: secrets.current, data: RFC_KEY });
    const { key } = await openTotpKey(secrets, 'ada', stored);
    const step = findTotpStep(key, code.slice(2), new Date(seconds * 1000));
    expect(step).toBe(Math.floor(seconds / 30));
  });

  it('is accepted from one step before its own to one step after, and the step is known', () => {
    const key = Secret.fromUTF8(RFC_KEY);
    const step = 37037037;
    const at = (steps: number, seconds: number) =>
      new Date((step + steps) * 30_000 + seconds * 1000);
    const found = (now: Date) => findTotpStep(key, '050471', now);
    expect(found(at(-2, 29.999))).toBeNull();
    expect(found(at(-1, 0))).toBe(step);
    expect(found(at(0, 0))).toBe(step);
    expect(found(at(1, 29.999))).toBe(step);
    expect(found(at(2, 0))).toBeNull();
  });

  it('is never shorter or longer', () => {
    const key = Secret.fromUTF8(RFC_KEY);
    const now = new Date(1111111111_000);
    for (const code of ['', '0', '50471', '14050471', '0504710', '050471 ']) {
      expect([code, findTotpStep(key, code, now)]).toEqual([code, null]);
    }
  });
});

describe('setting an app up', () => {
  it('gives different keys of 160 bits', () => {
    const keys = Array.from({ length: 100 }, () => generateTotpKey().base32);
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^[A-Z2-7]{32}$/);
  });

  it('names issuer, account and key in the URI, whatever is in the address', () => {
    const key = Secret.fromUTF8(RFC_KEY);
    const { uri, secret } = describeTotp(key, 'a+b?c&d#e/f:g%h@example.org');
    const url = new URL(uri);
    expect([url.protocol, url.host]).toEqual(['otpauth:', 'totp']);
    expect(decodeURIComponent(url.pathname)).toBe('/Mana:a+b?c&d#e/f:g%h@example.org');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      issuer: 'Mana',
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
    expect(secret).toBe(url.searchParams.get('secret'));
  });

  it('shows the same URI as a QR code that another library reads, and that runs nothing', () => {
    const { uri, qrCode } = describeTotp(generateTotpKey(), `${'a'.repeat(64)}@example.org`);
    expect(decodeQR(rasterize(qrCode), { textDecoder: decodeUtf8 })).toBe(uri);
    expect(qrCode).toMatch(/^<svg [^>]*><rect [^>]*\/><path [^>]*\/><\/svg>$/);
    expect(qrCode).not.toMatch(/script|href|on\w+=/i);
  });
});

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Draws what the SVG says: a white ground, and a black square of its own side at each place of the path. */
function rasterize(svg: string): { width: number; height: number; data: Uint8Array } {
  const side = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const data = new Uint8Array(side * side * 4).fill(255);
  for (const [, x, y, size] of svg.matchAll(/M(\d+),(\d+)h(\d+)v\3h-\3z/g)) {
    for (let row = Number(y); row < Number(y) + Number(size); row += 1) {
      const start = (row * side + Number(x)) * 4;
      for (let at = start; at < start + Number(size) * 4; at += 1) if (at % 4 < 3) data[at] = 0;
    }
  }
  return { width: side, height: side, data };
}
