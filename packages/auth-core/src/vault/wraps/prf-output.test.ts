import { expect, it } from 'vitest';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { parsePrfOutput } from './prf-output.ts';

it('reads a buffer, and a view into the middle of one, as a copy', () => {
  const output = secretOf(1);
  const wider = new Uint8Array([9, 9, ...output, 9]);
  for (const answer of [output, output.buffer, new DataView(wider.buffer, 2, 32)]) {
    const bytes = parsePrfOutput(answer);
    expect(bytes).toEqual(output);
    bytes.fill(0);
    expect(output).toEqual(secretOf(1));
  }
});

it.each([
  ['nothing', undefined],
  ['null', null],
  ['text', 'a'.repeat(32)],
  ['a list of numbers', Array.from(secretOf(1))],
  ['nothing in a buffer', new ArrayBuffer(0)],
  ['31 bytes', secretOf(1).slice(1)],
  ['33 bytes', new Uint8Array(33).fill(1)],
  ['zeros', new ArrayBuffer(32)],
])('refuses %s', (_, answer) => {
  expect(() => parsePrfOutput(answer)).toThrow("This passkey can't unlock the vault");
});

it('accepts a single set bit, wherever it is', () => {
  for (const at of [0, 31]) {
    const output = new Uint8Array(32);
    output[at] = 1;
    expect(parsePrfOutput(output)).toEqual(output);
  }
});
