import { expect, it } from 'vitest';
import { ada, bob } from '../../../test/vault/people.fixture.ts';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { encodeBase64 } from '../format/base64.ts';
import { findProofVerifier, matchesVerifier, proveMasterKey } from './possession.ts';
import { unlockVault } from './unlocked-vault.ts';

const proofOf = async (first: number, owner = ada) =>
  proveMasterKey(await unlockVault(secretOf(first), owner));

async function verifierOf(proof: string): Promise<string> {
  const verifier = await findProofVerifier(proof);
  return verifier ?? expect.fail('no verifier');
}

it('recognises the proof of the same master key, and no other', async () => {
  const verifier = await verifierOf(await proofOf(9));
  expect(await matchesVerifier(await proofOf(9), verifier)).toBe(true);
  for (const other of [
    await proofOf(10),
    await proofOf(9, bob),
    await proofOf(9, { ...ada, generation: 2 }),
  ]) {
    expect(await matchesVerifier(other, verifier)).toBe(false);
  }
});

it('reveals neither the key nor, in the verifier, the proof', async () => {
  const proof = await proofOf(9);
  const verifier = await verifierOf(proof);
  expect(new Set([encodeBase64(secretOf(9)), proof, verifier]).size).toBe(3);
  expect(await matchesVerifier(verifier, verifier)).toBe(false);
});

it("doesn't take the master key itself for a proof", async () => {
  const verifier = await verifierOf(await proofOf(9));
  expect(await matchesVerifier(encodeBase64(secretOf(9)), verifier)).toBe(false);
});

it('takes nothing but 32 bytes in base64 for a proof', async () => {
  const proof = await proofOf(9);
  const verifier = await verifierOf(proof);
  const long = encodeBase64(new Uint8Array(33));
  for (const other of ['', ' ', `${proof}\n`, proof.slice(0, -1), long]) {
    expect(await findProofVerifier(other)).toBeNull();
    expect(await matchesVerifier(other, verifier)).toBe(false);
  }
  expect(await matchesVerifier(proof, '')).toBe(false);
  expect(await matchesVerifier(proof, `${verifier} `)).toBe(false);
});
