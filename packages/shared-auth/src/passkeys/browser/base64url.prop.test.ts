import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBase64url, encodeBase64url } from './base64url.ts';

it("is Node's base64url, both ways, for any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = encodeBase64url(new Uint8Array(bytes).buffer);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect([...decodeBase64url(text)]).toEqual([...bytes]);
    }),
  );
});

it("accepts padding, and throws for what isn't base64url", () => {
  expect([...decodeBase64url('_-8=')]).toEqual([0xff, 0xef]);
  expect(() => decodeBase64url('no text!')).toThrow();
});
