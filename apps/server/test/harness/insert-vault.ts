import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import { wrapForRecovery } from '@mana/auth-core/vault/recovery/recovery-wrap';
import { findProofVerifier, proveMasterKey } from '@mana/auth-core/vault/unlocked/possession';
import { unlockVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import { generateMasterKey, wrapMasterKey } from '@mana/auth-core/vault/wraps/master-key-wrap';
import { asUser } from '@mana/db/client/user-context';
import type { TestServer } from './test-server.ts';

/** A vault that was put into the database. */
export interface InsertedVault {
  /** Base64. */
  readonly masterKey: string;
  readonly proof: string;
  readonly recoverySecret: Uint8Array<ArrayBuffer>;
  readonly revision: number;
}

/** A recovery wrap of any key, as a client sends it. */
export async function makeRecoveryWrap(
  masterKey: string,
  { userId, generation = 1 }: { userId: string; generation?: number },
) {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const owner = { userId: parseUserId(userId), generation };
  const wrap = await wrapForRecovery(decode(masterKey), secret, owner);
  const { wrapped: recoveryWrappedMk, iv: recoveryIv } = wrap;
  return { input: { recoveryWrappedMk, recoveryIv, formatVersion: 2 as const }, secret };
}

/** Proves that this is a user's master key, base64. */
export async function proveKey(masterKey: string, userId: string, generation = 1): Promise<string> {
  const owner = { userId: parseUserId(userId), generation };
  return proveMasterKey(await unlockVault(decode(masterKey), owner));
}

/** A vault, put straight into the database, bypassing whatever fault is under test. */
export async function insertVault(
  { owner, deps }: Pick<TestServer, 'owner' | 'deps'>,
  userId: string,
  { recovery = false, zeroKnowledge = false }: { recovery?: boolean; zeroKnowledge?: boolean } = {},
): Promise<InsertedVault> {
  const key = generateMasterKey();
  const wrap = await wrapMasterKey(deps.keyProvider, key, {
    userId: parseUserId(userId),
    generation: 1,
  });
  const masterKey = encodeBase64(key);
  const { input, secret } = await makeRecoveryWrap(masterKey, { userId });
  const proof = await proveKey(masterKey, userId);
  const verifier = await findProofVerifier(proof);
  const server = { wrapped_mk: wrap.wrapped, wrap_iv: wrap.iv, kek_id: wrap.kekId };
  const code = {
    recovery_wrapped_mk: input.recoveryWrappedMk,
    recovery_iv: input.recoveryIv,
    recovery_format_version: 2,
    recovery_set_at: new Date(),
  };
  await asUser(owner, userId, (trx) =>
    trx
      .insertInto('auth.encryption_vaults')
      .values({
        user_id: userId,
        format_version: wrap.formatVersion,
        ...(!zeroKnowledge && server),
        ...((recovery || zeroKnowledge) && code),
        zero_knowledge: zeroKnowledge,
        ...(zeroKnowledge && { possession_verifier: verifier }),
      })
      .execute(),
  );
  return { masterKey, proof, recoverySecret: secret, revision: 1 };
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}
