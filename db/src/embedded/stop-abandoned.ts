import { findDataFolder } from './data-folder.ts';
import { findPostmaster } from './postmaster.ts';
import { tellToStop, waitUntilGone } from './stop.ts';

/** Stops at once the Postgres that still runs on the data folder of a dead process, if any. */
export async function stopAbandonedPostgres(dataDir: string): Promise<void> {
  const folder = await findDataFolder(dataDir);
  const postmaster = folder && (await findPostmaster(folder.cluster));
  if (!postmaster) return;
  await tellToStop(folder, postmaster.pid, 'immediate');
  await waitUntilGone(folder, postmaster.pid, 'immediate');
}
