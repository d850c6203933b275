import { AuthError, isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { errorTable } from '@mana/auth-core/errors/codes/codes';
import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import { findProofVerifier, proveMasterKey } from '@mana/auth-core/vault/unlocked/possession';
import { unlockVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import { generateMasterKey } from '@mana/auth-core/vault/wraps/master-key-wrap';
import superjson from 'superjson';
import { createSignedIn } from '../fault-server.fixture.ts';

/** A vault's row, which tests may read and change. */
export interface ModelRow {
  masterKey: Uint8Array<ArrayBuffer>;
  /** Null in zero-knowledge mode: the server has no key then, but the test does. */
  serverWrap: string | null;
  generation: number;
  revision: number;
  zeroKnowledge: boolean;
  recovery: { wrapped: string; iv: string; formatVersion: number } | null;
  recoverySetAt: Date | null;
}

/** A server with one vault, and what the test sees and decides of it. */
export interface VaultModel {
  readonly fetch: typeof fetch;
  /** The procedures that were called, in order. */
  readonly calls: string[];
  /** The bodies of all requests. */
  readonly bodies: string[];
  row: ModelRow | undefined;
  userId: string;
  /** Called before each call takes effect. */
  onCall: (procedure: string) => void | Promise<void>;
  /** The next call of the procedure fails this way: before it takes effect, or with its response lost. */
  failNext(procedure: string, how: Failing): void;
  /** Every call fails this way until told otherwise. */
  failAll(how: Failing | undefined): void;
  /** Nothing fails any longer. */
  healAll(): void;
}

/** How a call fails. */
export type Failing =
  | 'offline'
  | 'response lost'
  | 'REAUTHENTICATION_REQUIRED'
  | 'TOKEN_EXPIRED'
  | 'SERVICE_UNAVAILABLE'
  | 'VAULT_UNREADABLE';

/** The server's vault router for one user, in memory, behind `fetch`. */
export function createVaultModel(userId = 'ada'): VaultModel {
  const failing = new Map<string, Failing[]>();
  let always: Failing | undefined;
  const model: VaultModel = {
    fetch: respond,
    calls: [],
    bodies: [],
    row: undefined,
    userId,
    onCall: () => undefined,
    failNext: (procedure, how) =>
      void failing.set(procedure, [...(failing.get(procedure) ?? []), how]),
    failAll(how) {
      always = how;
    },
    healAll() {
      always = undefined;
      failing.clear();
    },
  };

  async function respond(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const procedure = new URL(String(input)).pathname.replace('/trpc/', '');
    model.calls.push(procedure);
    model.bodies.push(String(init?.body));
    await model.onCall(procedure);
    const how = failing.get(procedure)?.shift() ?? always;
    if (how === 'offline') throw new TypeError('Failed to fetch');
    const body = JSON.parse(String(init?.body));
    try {
      if (how && how !== 'response lost') throw new AuthError(how);
      const data = await run(model, procedure, superjson.deserialize(body));
      if (how === 'response lost') throw new TypeError('Failed to fetch');
      return send(200, { result: { data: superjson.serialize(data) } });
    } catch (error) {
      if (!isAuthError(error)) throw error;
      const { code, message } = error;
      const { httpStatus, retry } = errorTable[code];
      const auth = { code, message, retryable: retry !== 'no', requestId: 'request-1' };
      return send(httpStatus, { error: { json: { message, code: -32000, data: { auth } } } });
    }
  }
  return model;
}

// biome-ignore lint/suspicious/noExplicitAny: inputs of every procedure
async function run(model: VaultModel, procedure: string, input: any): Promise<object> {
  if (procedure === 'auth.login') return createSignedIn(model.userId);
  if (procedure === 'auth.logout') return { signedOut: true };
  if (procedure === 'vault.audit') return { entries: [], nextCursor: null };
  if (procedure === 'vault.status') return toStatus(model.row);
  if (procedure === 'vault.init') {
    model.row ??= newRow(1, 1);
    return toStatus(model.row);
  }
  const { row } = model;
  if (!row) throw new AuthError('VAULT_NOT_INITIALISED');
  if (procedure === 'vault.key') return toKey(row);
  if (procedure === 'vault.enableZeroKnowledge' && row.zeroKnowledge) return toStatus(row);
  if (procedure === 'vault.disableZeroKnowledge' && !row.zeroKnowledge) return toStatus(row);
  if (procedure === 'vault.rotate' && row.zeroKnowledge) throw new AuthError('ZK_ROTATE_FORBIDDEN');
  if (procedure === 'vault.clearRecoveryWrap' && row.zeroKnowledge)
    throw new AuthError('ZK_ACTIVE');
  if (input.revision !== row.revision) throw new AuthError('VAULT_CONFLICT');
  await change(model, row, { procedure, input });
  if (model.row) model.row.revision = row.revision + 1;
  return toStatus(model.row);
}

async function change(
  model: VaultModel,
  row: ModelRow,
  // biome-ignore lint/suspicious/noExplicitAny: inputs of every procedure
  { procedure, input }: { procedure: string; input: any },
): Promise<void> {
  switch (procedure) {
    case 'vault.rotate':
      model.row = newRow(row.generation + 1, row.revision);
      break;
    case 'vault.setRecoveryWrap':
      if (row.zeroKnowledge) await expectProof(model, row, input.proof);
      row.recovery = {
        wrapped: input.recoveryWrappedMk,
        iv: input.recoveryIv,
        formatVersion: input.formatVersion,
      };
      row.recoverySetAt = new Date(row.revision);
      break;
    case 'vault.clearRecoveryWrap':
      if (!row.recovery) throw new AuthError('RECOVERY_WRAP_MISSING');
      row.recovery = null;
      row.recoverySetAt = null;
      break;
    case 'vault.enableZeroKnowledge':
      if (!row.recovery) throw new AuthError('RECOVERY_WRAP_MISSING');
      row.zeroKnowledge = true;
      row.serverWrap = null;
      break;
    case 'vault.disableZeroKnowledge':
      if (input.masterKey !== encodeBase64(row.masterKey)) throw new AuthError('VALIDATION');
      row.zeroKnowledge = false;
      row.serverWrap = input.masterKey;
      break;
    default:
      throw new AuthError('NOT_FOUND');
  }
}

async function expectProof({ userId }: VaultModel, row: ModelRow, proof: string | undefined) {
  if (proof === undefined) throw new AuthError('ZK_ACTIVE');
  const owner = { userId: parseUserId(userId), generation: row.generation };
  const expected = await proveMasterKey(await unlockVault(row.masterKey.slice(), owner));
  if ((await findProofVerifier(proof)) !== (await findProofVerifier(expected))) {
    throw new AuthError('VALIDATION', { path: 'proof' });
  }
}

function newRow(generation: number, revision: number): ModelRow {
  const masterKey = generateMasterKey();
  const serverWrap = encodeBase64(masterKey);
  const recovery = { zeroKnowledge: false, recovery: null, recoverySetAt: null };
  return { masterKey, serverWrap, generation, revision, ...recovery };
}

function toKey({ serverWrap, recovery, generation }: ModelRow): object {
  if (serverWrap !== null) {
    return { masterKey: serverWrap, formatVersion: 2, kekId: 'env-v1', generation };
  }
  return {
    requiresRecoveryCode: true,
    recoveryWrappedMk: recovery?.wrapped,
    recoveryIv: recovery?.iv,
    formatVersion: recovery?.formatVersion,
    generation,
  };
}

function toStatus(row: ModelRow | undefined): object {
  if (!row) return { initialised: false };
  return {
    initialised: true,
    generation: row.generation,
    revision: row.revision,
    zeroKnowledge: row.zeroKnowledge,
    recoverySetAt: row.recoverySetAt,
    hasRecoveryWrap: row.recovery !== null,
    formatVersion: row.serverWrap === null ? null : 2,
    kekId: row.serverWrap === null ? null : 'env-v1',
    createdAt: new Date(0),
    rotatedAt: null,
  };
}

function send(status: number, body: unknown): Response {
  return Response.json(body, { status });
}
