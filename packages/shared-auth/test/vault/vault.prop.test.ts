import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import { parseRecoveryCode } from '@mana/auth-core/vault/recovery/recovery-code';
import { openRecoveryWrap } from '@mana/auth-core/vault/recovery/recovery-wrap';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { VaultClient } from '../../src/vault/vault-client.ts';
import { dataOf } from '../test-client.fixture.ts';
import { createVaultBrowser } from './vault-browser.fixture.ts';
import { createVaultModel, type VaultModel } from './vault-model.fixture.ts';

const RUNS = Number(process.env['FUZZ_INPUTS'] ?? 40);
const location = { recordId: 'note-1', field: 'body' };
const changes = [
  'vault.setRecoveryWrap',
  'vault.clearRecoveryWrap',
  'vault.enableZeroKnowledge',
  'vault.disableZeroKnowledge',
  'vault.rotate',
  'vault.key',
  'vault.status',
];

/** What a person does on one of two devices; `code` selects one of those that they wrote down. */
const steps = fc.array(
  fc.record({
    device: fc.constantFrom(0, 1),
    act: fc.constantFrom(
      'unlock',
      'stay unlocked',
      'recover',
      'lock',
      'set up a code',
      'make the next code',
      'clear the code',
      'enable',
      'disable',
      'rotate',
      'write',
      'reload',
    ),
    code: fc.nat(5),
    fails: fc.option(
      fc.tuple(
        fc.constantFrom(...changes),
        fc.constantFrom('offline', 'response lost', 'REAUTHENTICATION_REQUIRED'),
      ),
      { freq: 3 },
    ),
  }),
  { maxLength: 25 },
);
type Step = typeof steps extends fc.Arbitrary<readonly (infer S)[]> ? S : never;

it('whatever two devices do, and whatever gets lost, the vault still opens and has lost nothing', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const person = await createPerson();
      try {
        for (const step of sequence) {
          await person.take(step);
          await expectWayIn(person.model, person.codes);
        }
        await person.expectReadable();
      } finally {
        person.close();
      }
    }),
    { numRuns: RUNS },
  );
});

async function createPerson() {
  const model = createVaultModel();
  const browsers = [createVaultBrowser(model), createVaultBrowser(model)];
  const vaults: VaultClient[] = [];
  for (const browser of browsers) vaults.push((await browser.openSignedIn()).vault);
  for (const vault of vaults) dataOf(await vault.init());
  /** Codes that were typed back, newest last. */
  const codes: string[] = [];
  /** What was written last, and under which key. */
  let note: { readonly generation: number; readonly value: string } | undefined;

  async function typeBack(
    made: Awaited<ReturnType<VaultClient['setupRecoveryCode']>>,
    vault: VaultClient,
    step: Step,
  ) {
    // Users who leave the page before writing the code down have never had it.
    if (!made.success || step.code === 0) return;
    // They write it down before typing it back.
    codes.push(made.data.recoveryCode);
    await vault.confirmRecoveryCode(made.data);
  }

  async function act(vault: VaultClient, step: Step): Promise<void> {
    const typed = { recoveryCode: codes.at(-1 - (step.code % Math.max(codes.length, 1))) ?? '' };
    switch (step.act) {
      case 'unlock':
        await vault.unlock();
        break;
      case 'stay unlocked':
        await vault.unlock({ stayUnlocked: true });
        break;
      case 'recover':
        await vault.unlockWithRecoveryCode(typed);
        break;
      case 'lock':
        dataOf(await vault.lock());
        break;
      case 'set up a code':
        await typeBack(await vault.setupRecoveryCode(), vault, step);
        break;
      case 'make the next code':
        await typeBack(await vault.rotateRecoveryCode(typed), vault, step);
        break;
      case 'clear the code':
        await vault.clearRecoveryCode();
        break;
      case 'enable':
        await vault.enableZeroKnowledge(typed);
        break;
      case 'disable':
        await vault.disableZeroKnowledge(typed);
        break;
      case 'rotate':
        await rotate(vault);
        break;
      case 'write':
        await write(vault);
        break;
      case 'reload':
        break;
    }
  }

  /** As a page does: re-encrypts everything with the next key before doing anything else. */
  async function rotate(vault: VaultClient): Promise<void> {
    await vault.rotate();
    if (note && note.generation < (model.row?.generation ?? 0)) {
      const text = await vault.decryptValue({ ...location, value: note.value });
      // Only a device with the key of the note can replace that key.
      expect(text).toMatchObject({ data: `text of ${note.generation}` });
      note = undefined;
    }
  }

  /** A page looks at the vault before it writes: another device may have changed it. */
  async function write(vault: VaultClient): Promise<void> {
    const status = await vault.status();
    const state = vault.state.get();
    if (!status.success || state.status !== 'unlocked') return;
    const { generation } = state;
    const written = await vault.encryptValue({ ...location, value: `text of ${generation}` });
    expect(generation).toBe(model.row?.generation);
    note = { generation, value: dataOf(written) };
  }

  return {
    model,
    codes,
    async take(step: Step) {
      const [device, browser] = [step.device, browsers[step.device]];
      if (step.fails) model.failNext(...step.fails);
      if (step.act === 'reload' && browser) vaults[device] = (await browser.openSignedIn()).vault;
      const vault = vaults[device];
      if (vault) await act(vault, step);
    },
    async expectReadable() {
      model.healAll();
      const fresh = createVaultBrowser(model);
      const { vault } = await fresh.openSignedIn();
      dataOf(await vault.unlock());
      for (const recoveryCode of codes.toReversed()) {
        if (vault.state.get().status === 'unlocked') break;
        await vault.unlockWithRecoveryCode({ recoveryCode });
      }
      const { generation } = getRow(model);
      expect(vault.state.get()).toMatchObject({ status: 'unlocked', generation });
      if (note?.generation === generation) {
        const text = await vault.decryptValue({ ...location, value: note.value });
        expect(text).toMatchObject({ data: `text of ${generation}` });
      }
      fresh.close();
    },
    close() {
      for (const browser of browsers) browser.close();
    },
  };
}

/** Either the server opens it, or a code that its owner wrote down; never both, never neither. */
async function expectWayIn(model: VaultModel, codes: readonly string[]): Promise<void> {
  const row = getRow(model);
  expect(row.serverWrap === null).toBe(row.zeroKnowledge);
  if (!row.zeroKnowledge || !row.recovery) {
    expect(row.zeroKnowledge).toBe(false);
    return;
  }
  const owner = { userId: parseUserId('ada'), generation: row.generation };
  const opened = await Promise.all(
    codes.map((code) =>
      openRecoveryWrap(row.recovery ?? never(), parseRecoveryCode(code), owner).then(
        encodeBase64,
        () => undefined,
      ),
    ),
  );
  expect(opened).toContain(encodeBase64(row.masterKey));
}

function getRow({ row }: VaultModel) {
  return row ?? never();
}

function never(): never {
  throw new Error('no vault');
}
