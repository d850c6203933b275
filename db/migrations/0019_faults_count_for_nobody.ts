import type { Kysely } from 'kysely';
import { fetchVaultKey } from './vault/fetch-vault-key.ts';

/** Who asked for their key while a key service was out of reach isn't told afterwards that it was too often. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await fetchVaultKey.execute(db);
}
