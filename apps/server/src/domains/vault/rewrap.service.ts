import { isAuthError } from '@mana/auth-core/errors/auth-error';
import type { KeyProvider } from '@mana/auth-core/vault/key-provider';
import { wipeBytes } from '@mana/auth-core/vault/wipe-bytes';
import type { Database } from '@mana/db/database';
import type { Kysely } from 'kysely';
import {
  countUsers,
  listUserIds,
  type Replacement,
  readWraps,
  replaceWraps,
  type VaultWrap,
} from './rewrap.repository.ts';
import { openServerWrap, sealServerWrap, type WrapColumns } from './server-wrap.ts';

/** What became of the vaults, each counted once. */
export interface RewrapSummary {
  /** Moved, or in a dry run to be moved. */
  readonly moved: number;
  readonly upToDate: number;
  /** Nothing of theirs is under any key of the server. */
  readonly zeroKnowledge: number;
  /** Changed by their users meanwhile; they are under the active key, or wait for the next run. */
  readonly overtaken: number;
  /** Users whose wrap doesn't open. It was left as it is. */
  readonly unreadable: readonly string[];
}

export interface RewrapOptions {
  /** Opens and wraps everything, and writes nothing. */
  readonly isDryRun: boolean;
  /** Users in one transaction. */
  readonly batchSize: number;
  onStart(users: number): void;
  onBatch(users: number): void;
}

const NO_WRAP: WrapColumns = {
  wrapped_mk: null,
  wrap_iv: null,
  format_version: null,
  kek_id: null,
};

/**
 * Moves every vault to the active KEK and out of format 1. Each batch is one transaction that changes only
 * what is still as it was read, so it may be killed anywhere and begun again, beside servers that serve.
 * Both KEKs open vaults all along. Rejects where the database or a key service can't be reached.
 */
export async function rewrapVaults(
  db: Kysely<Database>,
  provider: KeyProvider,
  options: RewrapOptions,
): Promise<RewrapSummary> {
  let [moved, upToDate, zeroKnowledge, overtaken] = [0, 0, 0, 0];
  const unreadable: string[] = [];
  options.onStart(await countUsers(db));
  for (let after = ''; ; ) {
    const userIds = await listUserIds(db, { after, limit: options.batchSize });
    const last = userIds.at(-1);
    if (last === undefined) break;
    after = last;
    const replacements: Replacement[] = [];
    for (const vault of await readWraps(db, userIds)) {
      if (vault.zero_knowledge) zeroKnowledge += 1;
      if (isUpToDate(vault, provider)) {
        if (!vault.zero_knowledge) upToDate += 1;
        continue;
      }
      const columns = await findNewWrap(vault, provider);
      if (columns) {
        replacements.push({ userId: vault.user_id, former: vault.wrapped_mk, columns });
      } else unreadable.push(vault.user_id);
    }
    const wanted = replacements.filter(({ former }) => former !== null).length;
    const leftovers = replacements.length - wanted;
    const done =
      options.isDryRun || replacements.length === 0
        ? replacements.length
        : await replaceWraps(db, replacements);
    overtaken += replacements.length - done;
    moved += Math.max(0, done - leftovers);
    options.onBatch(userIds.length);
  }
  return { moved, upToDate, zeroKnowledge, overtaken, unreadable };
}

/** A zero-knowledge vault from before may still name a KEK, which would keep that from being retired. */
function isUpToDate(vault: VaultWrap, { activeKekId }: KeyProvider): boolean {
  if (vault.wrapped_mk === null) return vault.kek_id === null;
  return vault.kek_id === activeKekId && vault.format_version !== 1;
}

/** Null for a wrap that doesn't open. */
async function findNewWrap(vault: VaultWrap, provider: KeyProvider): Promise<WrapColumns | null> {
  if (vault.wrapped_mk === null) return NO_WRAP;
  const owner = { userId: vault.user_id, generation: vault.generation };
  try {
    const masterKey = await openServerWrap(provider, vault, owner);
    try {
      return await sealServerWrap(provider, masterKey, owner);
    } finally {
      wipeBytes(masterKey);
    }
  } catch (error) {
    if (isAuthError(error) && error.code === 'VAULT_UNREADABLE') return null;
    throw error;
  }
}
