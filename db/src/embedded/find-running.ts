import { type Addresses, createAddresses } from './addresses.ts';
import { findDataFolder } from './data-folder.ts';
import { findPostmaster } from './postmaster.ts';

/**
 * The addresses of the Postgres that runs on the data folder, or null when none does. Only looks: takes
 * no lock, starts and creates nothing. Throws an EmbeddedPostgresError for a folder that isn't ours.
 */
export async function findRunningEmbeddedPostgres(dataDir: string): Promise<Addresses | null> {
  const folder = await findDataFolder(dataDir);
  if (folder === null) return null;
  const postmaster = await findPostmaster(folder.cluster);
  return postmaster?.status === 'ready' ? createAddresses(folder, postmaster.port) : null;
}
