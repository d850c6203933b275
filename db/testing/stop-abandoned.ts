import { findDataFolder } from '../src/embedded/data-folder.ts';
import { findPostmaster } from '../src/embedded/postmaster.ts';
import { tellToStop, waitUntilGone } from '../src/embedded/stop.ts';

/** Stops the Postgres that still runs on the data folder of a dead process, if any, at once. */
export async function stopAbandonedPostgres(dataDir: string): Promise<void> {
  const folder = await findDataFolder(dataDir);
  const postmaster = folder && (await findPostmaster(folder.cluster));
  if (!postmaster) return;
  await tellToStop(folder, postmaster.pid, 'immediate');
  await waitUntilGone(folder, postmaster.pid, 'immediate');
}
