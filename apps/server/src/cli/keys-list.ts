import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { KeyState } from '../access-tokens/key-schedule.ts';
import { deriveKeySchedule } from '../access-tokens/key-schedule.ts';
import { listSigningKeys } from '../access-tokens/signing-keys.repository.ts';
import { readSigningKeys } from '../access-tokens/signing-keys.ts';
import type { AppSecrets } from '../secrets/app-secrets.ts';
import { describeTime, toColumns } from './columns.ts';

/** A heading, and one line for each row of `auth.jwks`, newest first. Contains no secret. */
export async function describeSigningKeys(
  db: Kysely<Database>,
  secrets: AppSecrets,
  now: Date,
): Promise<string[]> {
  const keys = await readSigningKeys(db, secrets);
  const { states } = deriveKeySchedule(keys, now.getTime());
  const lines = (await listSigningKeys(db)).map(({ id, createdAt }) => {
    const key = keys.find((known) => known.id === id);
    const state = states.get(id);
    const description =
      key && state ? describeState(state, key.isOpen) : 'not used: another algorithm';
    return [id, describeTime(createdAt), description, key ? describeSecret(key.secretIndex) : '–'];
  });
  return toColumns([['key', 'made', 'state', 'encrypted under'], ...lines]);
}

function describeState(state: KeyState, isOpen: boolean): string {
  const suffix = isOpen ? '' : ', cannot sign';
  switch (state.kind) {
    case 'signs':
      return 'signs';
    case 'signs-later':
      return `published, signs from ${describeTime(state.from)}`;
    case 'verifies':
      return `verifies until ${state.until ? describeTime(state.until) : 'a later rotation'}${suffix}`;
    case 'retired':
      return 'retired, removed by the next rotation';
  }
}

function describeSecret(index: number | null): string {
  if (index === null) return "can't be opened: its secret is not set here";
  return index === 0 ? 'MANA_AUTH_SECRET' : `MANA_AUTH_ACCEPTED_SECRETS, number ${index}`;
}
