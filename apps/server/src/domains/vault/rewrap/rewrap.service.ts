import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import pMap from 'p-map';
import { openServerWrap, sealServerWrap, type WrapColumns } from '../keys/server-wrap.ts';
import { outlastOutage } from './retry-on-outage.ts';
import {
  countUsers,
  listUserIds,
  type Replacement,
  readWraps,
  replaceWraps,
  type VaultWrap,
} from './rewrap.repository.ts';

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

/** Vaults whose wraps are made at once: a key service answers each call by itself. */
const AT_ONCE = 16;

const NO_WRAP: WrapColumns = {
  wrapped_mk: null,
  wrap_iv: null,
  format_version: null,
  kek_id: null,
};

/** Users in the order of their ids, with the vaults of those who have one. */
interface Batch {
  readonly userIds: readonly string[];
  readonly vaults: readonly VaultWrap[];
}

/** What is to become of a vault, and what has to be written for that. */
interface Fate {
  readonly userId: string;
  readonly is: 'to-move' | 'up-to-date' | 'zero-knowledge' | 'unreadable';
  readonly replacement?: Replacement;
}

/**
 * Moves every vault to the active KEK and out of format 1. Each statement changes only what is still as it
 * was read, so it may be killed anywhere and begun again, beside servers that serve. Both KEKs open vaults
 * all along. The wraps of the next batch are made while one is written.
 *
 * Rejects where the database can't be reached, or a key service for longer than a moment.
 */
export async function rewrapVaults(
  db: Kysely<Database>,
  provider: KeyProvider,
  options: RewrapOptions,
): Promise<RewrapSummary> {
  let moved = 0;
  const counts = { 'to-move': 0, 'up-to-date': 0, 'zero-knowledge': 0, unreadable: 0 };
  const unreadable: string[] = [];
  options.onStart(await countUsers(db));
  let batch = await readBatch(db, '', options);
  let fates = await decideFates(batch, provider);
  for (let last = batch.userIds.at(-1); last !== undefined; last = batch.userIds.at(-1)) {
    const next = await readBatch(db, last, options);
    const [written, nextFates] = await Promise.all([
      writeBatch(db, fates, options),
      decideFates(next, provider),
    ]);
    moved += written;
    for (const { userId, is } of fates) {
      counts[is] += 1;
      if (is === 'unreadable') unreadable.push(userId);
    }
    options.onBatch(batch.userIds.length);
    [batch, fates] = [next, nextFates];
  }
  return {
    moved,
    upToDate: counts['up-to-date'],
    zeroKnowledge: counts['zero-knowledge'],
    overtaken: counts['to-move'] - moved,
    unreadable,
  };
}

async function readBatch(
  db: Kysely<Database>,
  after: string,
  { batchSize: limit }: RewrapOptions,
): Promise<Batch> {
  const userIds = await listUserIds(db, { after, limit });
  return { userIds, vaults: await readWraps(db, userIds) };
}

function decideFates({ vaults }: Batch, provider: KeyProvider): Promise<Fate[]> {
  return pMap(vaults, (vault) => decideFate(vault, provider), { concurrency: AT_ONCE });
}

async function decideFate(vault: VaultWrap, provider: KeyProvider): Promise<Fate> {
  const { user_id: userId, wrapped_mk: former, kek_id: kekId } = vault;
  if (former === null) {
    const is = vault.zero_knowledge ? 'zero-knowledge' : 'up-to-date';
    // One from before may still name a KEK, which would keep that from being retired.
    return kekId === null
      ? { userId, is }
      : { userId, is, replacement: { userId, former, columns: NO_WRAP } };
  }
  if (kekId === provider.activeKekId && vault.format_version !== 1)
    return { userId, is: 'up-to-date' };
  const columns = await outlastOutage(() => findNewWrap(vault, provider));
  if (!columns) return { userId, is: 'unreadable' };
  return { userId, is: 'to-move', replacement: { userId, former, columns } };
}

/** Null for a wrap that doesn't open. */
async function findNewWrap(vault: VaultWrap, provider: KeyProvider): Promise<WrapColumns | null> {
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

/** Answers how many vaults were moved, or would be. */
async function writeBatch(
  db: Kysely<Database>,
  fates: readonly Fate[],
  { isDryRun }: RewrapOptions,
): Promise<number> {
  const moves = replacementsOf(fates.filter(({ is }) => is === 'to-move'));
  if (isDryRun) return moves.length;
  await replaceWraps(db, replacementsOf(fates.filter(({ is }) => is !== 'to-move')));
  return replaceWraps(db, moves);
}

function replacementsOf(fates: readonly Fate[]): Replacement[] {
  return fates.flatMap(({ replacement }) => replacement ?? []);
}
