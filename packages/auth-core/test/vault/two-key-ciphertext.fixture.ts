import { createCipheriv } from 'node:crypto';

/*
 * Makes what GCM doesn't rule out: one ciphertext whose one tag is right under two keys. The tag is linear
 * in the ciphertext, so it can be solved for one block (Dodis, Grubbs, Ristenpart, Woodage: "Fast
 * Message Franking", CRYPTO 2018; Albertini and others: "How to Abuse and Fix Authenticated Encryption
 * Without Key Commitment", USENIX Security 2022).
 */

/** 32 bytes of ciphertext and a tag that open under both keys, as different texts. */
export function makeTwoKeyCiphertext(keys: [Buffer, Buffer], iv: Buffer, data: Buffer): Buffer {
  const second = Buffer.alloc(16, 7);
  const sides = keys.map((key) => {
    const hash = toBlock(encryptBlock(key, Buffer.alloc(16)));
    const mask = toBlock(encryptBlock(key, Buffer.concat([iv, Buffer.from([0, 0, 0, 1])])));
    const blocks = [...toBlocks(data), 0n, toBlock(second), lengths(data.length, 32)];
    return { hash, tagWithoutFirst: ghash(hash, blocks) ^ mask };
  });
  const [one, two] = sides;
  if (!one || !two) throw new Error('two keys');
  const cubes = cube(one.hash) ^ cube(two.hash);
  const first = multiply(one.tagWithoutFirst ^ two.tagWithoutFirst, invert(cubes));
  const tag = one.tagWithoutFirst ^ multiply(first, cube(one.hash));
  return Buffer.concat([fromBlock(first), second, fromBlock(tag)]);
}

/** NIST SP 800-38D, algorithm 2. */
function ghash(hash: bigint, blocks: readonly bigint[]): bigint {
  return blocks.reduce((sum, block) => multiply(sum ^ block, hash), 0n);
}

/** NIST SP 800-38D, algorithm 1. */
function multiply(left: bigint, right: bigint): bigint {
  let product = 0n;
  let shifted = right;
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if ((left >> bit) & 1n) product ^= shifted;
    shifted = (shifted >> 1n) ^ (shifted & 1n ? 0xe1n << 120n : 0n);
  }
  return product;
}

function cube(value: bigint): bigint {
  return multiply(multiply(value, value), value);
}

/** By Fermat: to the power of 2^128 - 2. */
function invert(value: bigint): bigint {
  let power = value;
  let result = 1n << 127n;
  for (let step = 1; step < 128; step += 1) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}

function encryptBlock(key: Buffer, block: Buffer): Buffer {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);
}

function toBlocks(bytes: Buffer): bigint[] {
  const padded = Buffer.concat([bytes, Buffer.alloc((16 - (bytes.length % 16)) % 16)]);
  return Array.from({ length: padded.length / 16 }, (_, index) =>
    toBlock(padded.subarray(index * 16, index * 16 + 16)),
  );
}

function toBlock(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

function fromBlock(block: bigint): Buffer {
  return Buffer.from(block.toString(16).padStart(32, '0'), 'hex');
}

function lengths(dataBytes: number, textBytes: number): bigint {
  return (BigInt(dataBytes * 8) << 64n) | BigInt(textBytes * 8);
}
