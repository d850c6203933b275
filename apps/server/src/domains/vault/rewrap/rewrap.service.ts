import { setTimeout as delay } from 'node:timers/promises';
import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import pMap from 'p-map';
import { openServerWrap, sealServerWrap, type WrapColumns } from '../keys/server-wrap.ts';
import {
  countUsers,
  listUserIds,
  type Replacement,
  readWraps,
  replaceWraps,
  type VaultWrap,
} from './rewrap.repository.ts';

/** What happened to the vaults, each counted once. */
export interface RewrapSummary {
  /** Moved; in a dry run, to be moved. */
  readonly moved: number;
  readonly upToDate: number;
  /** The server holds no wrap of theirs. */
  readonly zeroKnowledge: number;
  /** Changed by their users meanwhile: under the active key already, or left for the next run. */
  readonly overtaken: number;
  /** Users whose wrap doesn't open; it was left as it is. */
  readonly unreadable: readonly string[];
}

/** How to go about it, and who is told of progress. */
export interface RewrapOptions {
  /** Opens and wraps everything, but writes nothing. */
  readonly isDryRun: boolean;
  /** Users per transaction. */
  readonly batchSize: number;
  onStart(users: number): void;
  onBatch(users: number): void;
}

/** Wraps that are made concurrently: a key service takes one per call. */
const CONCURRENCY = 16;

/** Before each retry: together longer than the second in which a service counts its calls. */
const RETRY_PAUSES_MS = [250, 500, 1000, 2000, 4000];

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

/** What to do with a vault, and what has to be written for that. */
interface RewrapDecision {
  readonly userId: string;
  readonly is: 'to-move' | 'up-to-date' | 'zero-knowledge' | 'unreadable';
  readonly replacement?: Replacement;
}

/**
 * Moves every vault to the active KEK and out of format 1. Each statement changes only what is still as it
 * was read, so it may be killed at any point and run again, beside live servers. Both KEKs open vaults
 * throughout. The wraps of the next batch are made while the current one is written.
 *
 * Rejects if the database can't be reached, or a key service can't for longer than a moment.
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
  let decisions = await decideRewraps(batch, provider);
  for (let last = batch.userIds.at(-1); last !== undefined; last = batch.userIds.at(-1)) {
    const next = await readBatch(db, last, options);
    const [written, nextDecisions] = await Promise.all([
      writeBatch(db, decisions, options),
      decideRewraps(next, provider),
    ]);
    moved += written;
    for (const { userId, is } of decisions) {
      counts[is] += 1;
      if (is === 'unreadable') unreadable.push(userId);
    }
    options.onBatch(batch.userIds.length);
    [batch, decisions] = [next, nextDecisions];
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

function decideRewraps({ vaults }: Batch, provider: KeyProvider): Promise<RewrapDecision[]> {
  return pMap(vaults, (vault) => decideRewrap(vault, provider), { concurrency: CONCURRENCY });
}

async function decideRewrap(vault: VaultWrap, provider: KeyProvider): Promise<RewrapDecision> {
  const { user_id: userId, wrapped_mk: previous, kek_id: kekId } = vault;
  if (previous === null) {
    const is = vault.zero_knowledge ? 'zero-knowledge' : 'up-to-date';
    // An older one may still name a KEK, which could then never be retired.
    return kekId === null
      ? { userId, is }
      : { userId, is, replacement: { userId, previous, columns: NO_WRAP } };
  }
  if (kekId === provider.activeKekId && vault.format_version !== 1)
    return { userId, is: 'up-to-date' };
  const columns = await retryOnOutage(() => findNewWrap(vault, provider));
  if (!columns) return { userId, is: 'unreadable' };
  return { userId, is: 'to-move', replacement: { userId, previous, columns } };
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

/** Returns how many vaults were moved, or would be. */
async function writeBatch(
  db: Kysely<Database>,
  decisions: readonly RewrapDecision[],
  { isDryRun }: RewrapOptions,
): Promise<number> {
  const moves = replacementsOf(decisions.filter(({ is }) => is === 'to-move'));
  if (isDryRun) return moves.length;
  await replaceWraps(db, replacementsOf(decisions.filter(({ is }) => is !== 'to-move')));
  return replaceWraps(db, moves);
}

function replacementsOf(decisions: readonly RewrapDecision[]): Replacement[] {
  return decisions.flatMap(({ replacement }) => replacement ?? []);
}

/**
 * Repeats `work` while the key service can't be reached or has had too many calls, then rejects as it did.
 * Only for commands, which nobody waits for; `work` has to be repeatable.
 */
async function retryOnOutage<T>(work: () => Promise<T>): Promise<T> {
  for (const pauseMs of RETRY_PAUSES_MS) {
    try {
      return await work();
    } catch (error) {
      if (!isAuthError(error) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
      await delay(pauseMs);
    }
  }
  return work();
}
