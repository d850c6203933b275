import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import {
  formatRecoveryCode,
  parseRecoveryCode,
} from '@mana/auth-core/vault/recovery/recovery-code';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataOf } from '../../../test/test-client.fixture.ts';
import {
  createVaultBrowser,
  type VaultBrowser,
} from '../../../test/vault/vault-browser.fixture.ts';
import {
  createVaultModel,
  type ModelRow,
  type VaultModel,
} from '../../../test/vault/vault-model.fixture.ts';
import type { VaultClient } from '../vault-client.ts';

let model: VaultModel;
let browser: VaultBrowser;
let vault: VaultClient;
beforeEach(async () => {
  model = createVaultModel();
  browser = createVaultBrowser(model);
  ({ vault } = await browser.openSignedIn());
  dataOf(await vault.init());
});
afterEach(() => browser.close());

const other = { recoveryCode: formatRecoveryCode(new Uint8Array(32).fill(7)) };

function getRow(): ModelRow {
  if (!model.row) throw new Error('no vault');
  return model.row;
}

/** With a typing error that the checksum finds. */
function mistype(code: string): string {
  return code.slice(0, -1) + (code.endsWith('0') ? '1' : '0');
}

async function enterZeroKnowledge() {
  const code = dataOf(await vault.setupRecoveryCode());
  dataOf(await vault.enableZeroKnowledge(code));
  return code;
}

describe('a recovery code', () => {
  it('takes effect once it is typed back, however sloppily', async () => {
    const { recoveryCode } = dataOf(await vault.setupRecoveryCode());
    expect(getRow().recovery).toBeNull();
    const typed = recoveryCode.toLowerCase().replaceAll('-', ' ');
    expect(dataOf(await vault.confirmRecoveryCode({ recoveryCode: typed }))).toMatchObject({
      hasRecoveryWrap: true,
    });
  });

  it('is VALIDATION if mistyped, or not the one shown, and nothing is sent', async () => {
    const { recoveryCode } = dataOf(await vault.setupRecoveryCode());
    model.calls.length = 0;
    for (const typed of [mistype(recoveryCode), '', other.recoveryCode]) {
      expect(await vault.confirmRecoveryCode({ recoveryCode: typed })).toMatchObject({
        code: 'VALIDATION',
        field: 'recoveryCode',
      });
    }
    expect(model.calls).toEqual([]);
  });

  it('can be replaced, and the next one takes effect once typed back', async () => {
    expect(await vault.rotateRecoveryCode()).toMatchObject({ code: 'RECOVERY_WRAP_MISSING' });
    const first = dataOf(await vault.setupRecoveryCode());
    dataOf(await vault.confirmRecoveryCode(first));
    const previous = getRow().recovery;
    expect(await vault.setupRecoveryCode()).toMatchObject({ code: 'VAULT_CONFLICT' });
    const second = dataOf(await vault.rotateRecoveryCode());
    expect(second).not.toEqual(first);
    expect(getRow().recovery).toEqual(previous);
    expect(await vault.confirmRecoveryCode(first)).toMatchObject({ code: 'VALIDATION' });
    dataOf(await vault.confirmRecoveryCode(second));
    expect(getRow().recovery).not.toEqual(previous);
    expect(dataOf(await vault.clearRecoveryCode())).toMatchObject({ hasRecoveryWrap: false });
    expect(await vault.confirmRecoveryCode(second)).toMatchObject({
      code: 'RECOVERY_WRAP_MISSING',
    });
  });

  it('is removed once, and the next call finishes its removal when the response was lost', async () => {
    dataOf(await vault.confirmRecoveryCode(dataOf(await vault.setupRecoveryCode())));
    model.failNext('vault.clearRecoveryWrap', 'response lost');
    expect(await vault.clearRecoveryCode()).toMatchObject({ retryable: true });
    model.calls.length = 0;
    expect(dataOf(await vault.clearRecoveryCode())).toMatchObject({ hasRecoveryWrap: false });
    expect(model.calls).toEqual(['vault.status']);
  });

  it('waits for a fresh proof, and then takes effect', async () => {
    const code = dataOf(await vault.setupRecoveryCode());
    model.failNext('vault.setRecoveryWrap', 'REAUTHENTICATION_REQUIRED');
    expect(await vault.confirmRecoveryCode(code)).toMatchObject({
      code: 'REAUTHENTICATION_REQUIRED',
    });
    dataOf(await vault.confirmRecoveryCode(code));
    expect(getRow().recovery).not.toBeNull();
  });

  it("isn't sent twice by itself, and takes effect when typed again after a lost response", async () => {
    const code = dataOf(await vault.setupRecoveryCode());
    model.failNext('vault.setRecoveryWrap', 'response lost');
    expect(await vault.confirmRecoveryCode(code)).toMatchObject({ retryable: true });
    expect(model.calls.filter((call) => call === 'vault.setRecoveryWrap')).toHaveLength(1);
    dataOf(await vault.confirmRecoveryCode(code));
    expect(dataOf(await vault.enableZeroKnowledge(code))).toMatchObject({ zeroKnowledge: true });
  });

  it('gives way to what another device did meanwhile', async () => {
    const code = dataOf(await vault.setupRecoveryCode());
    getRow().revision += 1;
    expect(await vault.confirmRecoveryCode(code)).toMatchObject({ code: 'VAULT_CONFLICT' });
  });

  it("isn't created for a key that is replaced meanwhile", async () => {
    model.onCall = (procedure) => {
      if (procedure === 'vault.key') getRow().generation += 1;
    };
    expect(await vault.setupRecoveryCode()).toMatchObject({ code: 'VAULT_CONFLICT' });
  });

  it("can't be typed back by another user", async () => {
    const tab = await browser.openSignedIn();
    const code = dataOf(await tab.vault.setupRecoveryCode());
    model.userId = 'grace';
    dataOf(await tab.login({ email: 'grace@example.org', password: 'a long enough sentence' }));
    expect(await tab.vault.confirmRecoveryCode(code)).toMatchObject({
      code: 'RECOVERY_WRAP_MISSING',
    });
  });
});

describe('zero-knowledge mode', () => {
  it('requires the code that was created here, typed back', async () => {
    expect(await vault.enableZeroKnowledge(other)).toMatchObject({ code: 'RECOVERY_WRAP_MISSING' });
    const code = dataOf(await vault.setupRecoveryCode());
    expect(await vault.enableZeroKnowledge(other)).toMatchObject({ code: 'VALIDATION' });
    expect(getRow().zeroKnowledge).toBe(false);
    dataOf(await vault.confirmRecoveryCode(code));
    expect(await vault.enableZeroKnowledge(other)).toMatchObject({ code: 'VALIDATION' });
    dataOf(await vault.enableZeroKnowledge(code));
    expect(getRow()).toMatchObject({ zeroKnowledge: true, serverWrap: null });
    expect(vault.state.get()).toMatchObject({ status: 'unlocked', zeroKnowledge: true });
  });

  it("doesn't begin with a code that another device has since replaced", async () => {
    const code = dataOf(await vault.setupRecoveryCode());
    dataOf(await vault.confirmRecoveryCode(code));
    const elsewhere = createVaultBrowser(model);
    const { vault: second } = await elsewhere.openSignedIn();
    const next = dataOf(await second.rotateRecoveryCode());
    dataOf(await second.confirmRecoveryCode(next));
    elsewhere.close();
    expect(await vault.enableZeroKnowledge(code)).toMatchObject({ code: 'VAULT_CONFLICT' });
    expect(getRow().zeroKnowledge).toBe(false);
  });

  it('is turned on or off once, whichever response is lost', async () => {
    const code = dataOf(await vault.setupRecoveryCode());
    model.failNext('vault.enableZeroKnowledge', 'response lost');
    expect(await vault.enableZeroKnowledge(code)).toMatchObject({ retryable: true });
    expect(dataOf(await vault.enableZeroKnowledge(code))).toMatchObject({ zeroKnowledge: true });
    expect(vault.state.get()).toMatchObject({ zeroKnowledge: true });
    model.failNext('vault.disableZeroKnowledge', 'response lost');
    expect(await vault.disableZeroKnowledge(code)).toMatchObject({ retryable: true });
    expect(dataOf(await vault.disableZeroKnowledge(code))).toMatchObject({ zeroKnowledge: false });
    expect(vault.state.get()).toMatchObject({ status: 'unlocked', zeroKnowledge: false });
  });

  it('stays on, also for a page that created no code', async () => {
    const code = await enterZeroKnowledge();
    const { vault: later } = await browser.openSignedIn();
    expect(dataOf(await later.enableZeroKnowledge(code))).toMatchObject({ zeroKnowledge: true });
  });

  it("that another device turned on doesn't put this one's code into effect", async () => {
    const own = dataOf(await vault.setupRecoveryCode());
    const elsewhere = createVaultBrowser(model);
    const { vault: second } = await elsewhere.openSignedIn();
    const code = dataOf(await second.setupRecoveryCode());
    dataOf(await second.enableZeroKnowledge(code));
    elsewhere.close();
    expect(await vault.enableZeroKnowledge(own)).toMatchObject({ code: 'VAULT_CONFLICT' });
    expect(await vault.enableZeroKnowledge(code)).toMatchObject({ code: 'VALIDATION' });
    const { vault: later } = await browser.openSignedIn();
    expect(await later.enableZeroKnowledge(own)).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(dataOf(await later.enableZeroKnowledge(code))).toMatchObject({ zeroKnowledge: true });
  });

  it("opens with the code, and tells a typing error from another vault's code", async () => {
    const { recoveryCode } = await enterZeroKnowledge();
    dataOf(await vault.lock());
    expect(dataOf(await vault.unlock())).toEqual({ status: 'awaiting-recovery-code' });
    model.calls.length = 0;
    const typo = { recoveryCode: mistype(recoveryCode) };
    for (const call of [vault.unlockWithRecoveryCode, vault.disableZeroKnowledge]) {
      expect(await call(typo)).toMatchObject({ code: 'VALIDATION', field: 'recoveryCode' });
    }
    expect(model.calls).toEqual([]);
    expect(await vault.unlockWithRecoveryCode(other)).toMatchObject({
      code: 'VAULT_UNREADABLE',
      field: 'recoveryCode',
    });
    expect(vault.state.get()).toEqual({ status: 'awaiting-recovery-code' });
    expect(dataOf(await vault.unlockWithRecoveryCode({ recoveryCode }))).toMatchObject({
      status: 'unlocked',
      zeroKnowledge: true,
    });
  });

  it('ends with the code alone, and leaves the vault unlocked', async () => {
    const code = await enterZeroKnowledge();
    dataOf(await vault.lock());
    dataOf(await vault.unlock());
    dataOf(await vault.disableZeroKnowledge(code));
    expect(getRow().serverWrap).toBe(encodeBase64(getRow().masterKey));
    expect(vault.state.get()).toMatchObject({ status: 'unlocked', zeroKnowledge: false });
  });

  it('keeps the current code until the next is typed back and the server has it', async () => {
    const first = await enterZeroKnowledge();
    expect(await vault.rotateRecoveryCode()).toMatchObject({ code: 'ZK_ACTIVE' });
    expect(await vault.rotateRecoveryCode(other)).toMatchObject({ code: 'VAULT_UNREADABLE' });
    const second = dataOf(await vault.rotateRecoveryCode(first));
    dataOf(await vault.unlockWithRecoveryCode(first));
    model.failNext('vault.setRecoveryWrap', 'response lost');
    expect(await vault.confirmRecoveryCode(second)).toMatchObject({ retryable: true });
    expect(dataOf(await vault.confirmRecoveryCode(second))).toMatchObject({ zeroKnowledge: true });
    expect(await vault.unlockWithRecoveryCode(first)).toMatchObject({ code: 'VAULT_UNREADABLE' });
    dataOf(await vault.unlockWithRecoveryCode(second));
  });

  it("never replaces another device's code when its own may not have arrived", async () => {
    const first = await enterZeroKnowledge();
    const second = dataOf(await vault.rotateRecoveryCode(first));
    model.failNext('vault.setRecoveryWrap', 'offline');
    expect(await vault.confirmRecoveryCode(second)).toMatchObject({ retryable: true });
    const elsewhere = createVaultBrowser(model);
    const { vault: other } = await elsewhere.openSignedIn();
    const third = dataOf(await other.rotateRecoveryCode(first));
    dataOf(await other.confirmRecoveryCode(third));
    elsewhere.close();
    expect(await vault.confirmRecoveryCode(second)).toMatchObject({ code: 'VAULT_CONFLICT' });
    dataOf(await vault.unlockWithRecoveryCode(third));
  });

  it('never sends the server the code, nor, while it is on, the key', async () => {
    const first = await enterZeroKnowledge();
    const sent = model.bodies.length;
    const second = dataOf(await vault.rotateRecoveryCode(first));
    dataOf(await vault.confirmRecoveryCode(second));
    dataOf(await vault.unlockWithRecoveryCode(second));
    const bodies = model.bodies.join('\n');
    for (const { recoveryCode } of [first, second]) {
      const secret = parseRecoveryCode(recoveryCode);
      const hex = Buffer.from(secret).toString('hex');
      for (const text of [recoveryCode, encodeBase64(secret), hex]) {
        expect(bodies).not.toContain(text);
      }
    }
    expect(model.bodies.slice(sent).join()).not.toContain(encodeBase64(getRow().masterKey));
  });
});
