import { encodeBase64, parseBase64 } from '@mana/auth-core/vault/format/base64';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import { openRecoveryWrap } from '@mana/auth-core/vault/recovery/recovery-wrap';
import { openPasskeyWrap } from '@mana/auth-core/vault/wraps/passkey-wrap';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import {
  insertPrfPasskey,
  makePasskeyWrap,
  type PasskeyOfVault,
} from '../harness/insert-passkey-wrap.ts';
import { insertUser } from '../harness/insert-user.ts';
import { makeRecoveryWrap, proveKey } from '../harness/insert-vault.ts';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';
import { auditOf, passkeyWrapsOf, vaultOf } from '../harness/vault-of.ts';

const RUNS = Number(process.env['VAULT_MODEL_RUNS'] ?? 6);

/** What a vault must be like, as far as its user can know. */
interface Model {
  masterKey: string | null;
  generation: number;
  revision: number;
  zeroKnowledge: boolean;
  recoverySecret: Uint8Array<ArrayBuffer> | null;
  /** Whether the one passkey of the user opens it. */
  opensWithPasskey: boolean;
}

type Operation = (typeof OPERATIONS)[number];
const OPERATIONS = [
  'init',
  'key',
  'rotate',
  'recover',
  'recover',
  'clear',
  'enable',
  'enable',
  'disable',
  'forge',
  'wrapPasskey',
  'wrapPasskey',
  'clearPasskey',
] as const;

/** One client's view: the revision and the key that it saw last, which may be old. */
interface Client {
  readonly api: ApiClient;
  revision: number;
  masterKey: string | null;
  generation: number;
}

const step = fc.record({
  /** One client alone, or both at once, with the same operation or different ones. */
  operations: fc.array(
    fc.record({
      client: fc.constantFrom(0, 1),
      operation: fc.constantFrom(...OPERATIONS),
      looksFirst: fc.constantFrom(true, true, true, false),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

describe('any sequence of what two clients do with a vault', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  it('leaves a way to open it, no lost update, and no server wrap in zero-knowledge mode', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const user = await insertUser(server);
        const apis = [user.client, (await user.signIn()).client];
        const clients: Client[] = apis.map((api) => ({
          api,
          revision: 1,
          masterKey: null,
          generation: 1,
        }));
        const model: Model = {
          masterKey: null,
          generation: 0,
          revision: 0,
          zeroKnowledge: false,
          recoverySecret: null,
          opensWithPasskey: false,
        };
        const passkey = await insertPrfPasskey(server, user);
        const first = {
          operations: [{ client: 0, operation: 'init', looksFirst: false }],
        } as const;
        for (const { operations } of [first, ...steps]) {
          for (const { client, looksFirst } of operations) {
            const one = clients[client];
            if (one && looksFirst) await look(one, model);
          }
          const outcomes = await Promise.all(
            operations.map(async ({ client, operation }) => {
              const one = clients[client];
              if (!one) throw new Error('There are two clients');
              return act(one, operation, user.id, passkey);
            }),
          );
          // Whatever ran at once ran in some order, which the revisions tell. A call that found its
          // work done may return the revision of another's change, and then changes nothing.
          const changes = outcomes
            .filter((outcome) => outcome.revision !== null)
            .toSorted((a, b) => (a.revision ?? 0) - (b.revision ?? 0) || b.saw - a.saw);
          for (const { apply, revision, saw } of changes) {
            if (revision !== model.revision) {
              expect([revision, saw]).toEqual([model.revision + 1, model.revision]);
              model.revision += 1;
            }
            apply(model);
          }
          await expectAgreement(model, user.id, clients[0]);
          await expectPasskeyAgreement(model, user.id, passkey);
        }
        const audit = await auditOf(server.owner, user.id);
        const changed = audit.filter((entry) => / OK$/.test(entry) && !entry.startsWith('fetch'));
        expect(changed).toHaveLength(model.revision);
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: 20_000, endOnFailure: true },
    );
  });

  async function look(client: Client, model: Model): Promise<void> {
    const status = (await client.api.expectSuccess('vault.status')) as Partial<Client>;
    client.revision = status.revision ?? 1;
    client.generation = status.generation ?? 1;
    client.masterKey = model.masterKey;
  }

  async function act(
    client: Client,
    operation: Operation,
    userId: string,
    passkey: PasskeyOfVault,
  ) {
    const nothing = { revision: null, saw: 0, apply: () => undefined } as const;
    const { revision, masterKey, generation } = client;
    const call = async (path: string, input: unknown, apply: (model: Model) => void) => {
      const answer = await client.api.call(`vault.${path}`, input);
      expect([path, answer.status, answer.code], answer.text).toEqual([
        path,
        expect.any(Number),
        answer.status === 200 ? undefined : expect.stringMatching(ALLOWED),
      ]);
      if (answer.status !== 200) return nothing;
      const saw = path === 'init' ? 0 : revision;
      return { revision: (answer.data as { revision: number }).revision, saw, apply };
    };
    switch (operation) {
      case 'init':
        return call('init', undefined, (model) => {
          model.generation ||= 1;
        });
      case 'key':
        await client.api.call('vault.key');
        return nothing;
      case 'rotate':
        return call('rotate', { revision }, (model) => {
          model.masterKey = null;
          model.generation += 1;
          model.recoverySecret = null;
          model.opensWithPasskey = false;
        });
      case 'recover': {
        if (masterKey === null) return nothing;
        const { input, secret } = await makeRecoveryWrap(masterKey, { userId, generation });
        const proof = await proveKey(masterKey, userId, generation);
        return call('setRecoveryWrap', { revision, ...input, proof }, (model) => {
          model.recoverySecret = secret;
        });
      }
      case 'forge': {
        const otherKey = encodeBase64(crypto.getRandomValues(new Uint8Array(32)));
        // If it was taken for the vault's, the row no longer matches the model.
        return call('disableZeroKnowledge', { revision, masterKey: otherKey }, () => undefined);
      }
      case 'wrapPasskey': {
        if (masterKey === null) return nothing;
        const wrap = await makePasskeyWrap(masterKey, { userId, generation }, passkey);
        const proof = await proveKey(masterKey, userId, generation);
        return call('setPasskeyWrap', { revision, ...wrap, proof }, (model) => {
          model.opensWithPasskey = true;
        });
      }
      case 'clearPasskey':
        return call('clearPasskeyWrap', { revision, passkeyId: passkey.passkeyId }, (model) => {
          model.opensWithPasskey = false;
        });
      case 'clear':
        return call('clearRecoveryWrap', { revision }, (model) => {
          model.recoverySecret = null;
        });
      case 'enable':
        return call('enableZeroKnowledge', { revision }, (model) => {
          model.zeroKnowledge = true;
        });
      case 'disable':
        if (masterKey === null) return nothing;
        return call('disableZeroKnowledge', { revision, masterKey }, (model) => {
          model.zeroKnowledge = false;
        });
    }
  }

  /** The row is what the model says, and opens to the key that it has. */
  async function expectAgreement(
    model: Model,
    userId: string,
    client: Client | undefined,
  ): Promise<void> {
    const row = await vaultOf(server.owner, userId);
    if (model.revision === 0) {
      expect(row).toBeUndefined();
      return;
    }
    expect(row).toMatchObject({
      revision: model.revision,
      generation: model.generation,
      zero_knowledge: model.zeroKnowledge,
    });
    expect(row?.wrapped_mk === null).toBe(model.zeroKnowledge);
    expect(row?.recovery_wrapped_mk === null).toBe(model.recoverySecret === null);
    if (!model.zeroKnowledge) {
      const key = (await client?.api.expectSuccess('vault.key')) as { masterKey: string };
      model.masterKey ??= key.masterKey;
      expect(key.masterKey).toBe(model.masterKey);
    }
    if (row && row.recovery_wrapped_mk !== null && row.recovery_iv !== null) {
      const wrap = {
        wrapped: row.recovery_wrapped_mk,
        iv: row.recovery_iv,
        formatVersion: row.recovery_format_version,
      };
      const owner = { userId: parseUserId(userId), generation: row.generation };
      const opened = await openRecoveryWrap(wrap, model.recoverySecret ?? parseBase64(''), owner);
      expect(encodeBase64(opened)).toBe(model.masterKey);
    }
  }

  /** The passkey has a wrap if the model says so, and opens it to the key that the model has. */
  async function expectPasskeyAgreement(
    model: Model,
    userId: string,
    { credentialId, prfOutput }: PasskeyOfVault,
  ): Promise<void> {
    const [row] = await passkeyWrapsOf(server.owner, userId);
    expect(row !== undefined).toBe(model.opensWithPasskey);
    if (!row) return;
    const { wrapped_mk: wrapped, wrap_iv: iv, format_version: formatVersion, generation } = row;
    expect(generation).toBe(model.generation);
    const owner = { userId: parseUserId(userId), generation, credentialId };
    const opened = await openPasskeyWrap({ wrapped, iv, formatVersion }, prfOutput, owner);
    expect(encodeBase64(opened)).toBe(model.masterKey);
  }
});

const ALLOWED =
  /^(NOT_FOUND|VAULT_NOT_INITIALISED|VAULT_CONFLICT|ZK_ACTIVE|ZK_ROTATE_FORBIDDEN|RECOVERY_WRAP_MISSING|VALIDATION)$/;
