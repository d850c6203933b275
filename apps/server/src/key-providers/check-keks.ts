import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Subject } from '@mana/auth-core/vault/format/context';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import { unwrapMasterKey } from '@mana/auth-core/vault/wraps/master-key-wrap';
import type { Database } from '@mana/db/schema/database';
import type { Kek } from '@mana/db/schema/vault';
import type { Kysely } from 'kysely';
import { reasonOf } from '../logging/error-reason.ts';
import { findSample, listKeks, registerKek } from './keks.repository.ts';

/** Of no user: their generations begin at 1, and their wraps have no location. */
const CHECK: Subject = {
  purpose: 'master-key',
  owner: parseUserId('check'),
  generation: 0,
  location: ['check'],
};
const CHECKED_BYTES = 32;

/**
 * What is wrong with the key-encryption keys, one sentence each: a KEK that vaults are wrapped under and this
 * server doesn't have, one that isn't the key of that name, an active one that doesn't open what it wraps.
 * Changes nothing. Rejects only if the database does.
 */
export async function findKekProblems(
  db: Kysely<Database>,
  provider: KeyProvider,
): Promise<string[]> {
  const keks = await listKeks(db);
  // In parallel, so that a service that hangs is waited for once.
  const problems = await Promise.all([
    ...keks.map((kek) => findProblem(db, provider, kek)),
    findActiveProblem(provider),
  ]);
  return problems.filter((problem) => problem !== null);
}

/**
 * Checks the keys at the start, then registers the active one, so that vaults may name it. Throws with every
 * problem, so that no vault is ever wrapped under a key that can't be found again.
 */
export async function registerActiveKek(
  db: Kysely<Database>,
  provider: KeyProvider,
): Promise<void> {
  const problems = await findKekProblems(db, provider);
  if (problems.length > 0) throw new Error(problems.join('; '));
  const check = await provider.wrap(new Uint8Array(CHECKED_BYTES), CHECK);
  await registerKek(db, provider.activeKekId, check);
}

/** What is wrong if the active KEK, registered at the start, was retired since; null if it wasn't. */
export async function findRetirement(
  db: Kysely<Database>,
  { activeKekId }: KeyProvider,
): Promise<string | null> {
  const keks = await listKeks(db);
  if (keks.some(({ kek_id: kekId }) => kekId === activeKekId)) return null;
  return `the active key "${activeKekId}" was retired: make another one active with MANA_AUTH_KEK_ID, or restart the server to keep it`;
}

async function findProblem(
  db: Kysely<Database>,
  provider: KeyProvider,
  kek: Kek,
): Promise<string | null> {
  const { kek_id: kekId } = kek;
  if (!provider.kekIds.some((id) => id === kekId)) {
    return `vaults are wrapped under the key "${kekId}", which is missing: set it in MANA_AUTH_KEK with MANA_AUTH_KEK_ID, or in MANA_AUTH_ACCEPTED_KEKS`;
  }
  const samples = kek.check_wrapped === null ? await findSamples(db, kek) : [];
  try {
    const isRight = (await opensCheck(provider, kek)) ?? (await opensOne(provider, samples));
    return isRight
      ? null
      : `the key "${kekId}" is not the one that vaults were wrapped under: put the previous key back, or give the new one a name of its own`;
  } catch (error) {
    return `the key "${kekId}" can't be reached: ${reasonOf(error)}`;
  }
}

/** Null if no check was stored yet. */
async function opensCheck(provider: KeyProvider, kek: Kek): Promise<boolean | null> {
  const { check_wrapped: wrapped, check_iv: iv, check_format_version: formatVersion } = kek;
  if (wrapped === null || iv === null || formatVersion === null) return null;
  return opens(() => provider.unwrap({ wrapped, iv, formatVersion, kekId: kek.kek_id }, CHECK));
}

type Sample = NonNullable<Awaited<ReturnType<typeof findSample>>>;

async function findSamples(db: Kysely<Database>, kek: Kek): Promise<Sample[]> {
  const found: Sample[] = [];
  for (const userId of kek.specimen_user_ids) {
    const sample = await findSample(db, userId, kek.kek_id);
    if (sample) found.push(sample);
  }
  return found;
}

/** One that opens is enough, since a vault may be damaged; and with none to try, nothing is wrong. */
async function opensOne(provider: KeyProvider, samples: readonly Sample[]): Promise<boolean> {
  for (const { wrap, owner } of samples) {
    if (await opens(() => unwrapMasterKey(provider, wrap, owner))) return true;
  }
  return samples.length === 0;
}

async function opens(unwrap: () => Promise<Uint8Array>): Promise<boolean> {
  try {
    (await unwrap()).fill(0);
    return true;
  } catch (error) {
    if (isAuthError(error) && error.code === 'VAULT_UNREADABLE') return false;
    throw error;
  }
}

async function findActiveProblem(provider: KeyProvider): Promise<string | null> {
  const tried = crypto.getRandomValues(new Uint8Array(CHECKED_BYTES));
  try {
    const opened = await provider.unwrap(await provider.wrap(tried, CHECK), CHECK);
    if (Buffer.compare(tried, opened) === 0) return null;
    return `the key "${provider.activeKekId}" doesn't open what it wraps`;
  } catch (error) {
    return `the key "${provider.activeKekId}" can't be used: ${reasonOf(error)}`;
  }
}
