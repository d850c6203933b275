import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import { findVault } from './vaults.repository.ts';

/** Whether a user has a vault that only their recovery code opens, whatever else they prove. */
export async function needsRecoveryCode(db: Kysely<Database>, userId: string): Promise<boolean> {
  const vault = await findVault(db, userId);
  return vault?.zero_knowledge === true;
}
