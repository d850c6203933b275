import type { Config } from '../config/config.ts';
import { ConfigurationError } from '../config/config.ts';
import type { AppSecrets } from '../secrets/app-secrets.ts';
import { createAppSecrets } from '../secrets/app-secrets.ts';
import { findDevelopmentSecret } from '../start/development-secret.ts';

/** The secrets that the server here uses. Throws `ConfigurationError` where it has none yet; makes none. */
export async function findAppSecrets(
  config: Pick<Config, 'secret' | 'acceptedSecrets' | 'dataDir'>,
): Promise<AppSecrets> {
  const secret = config.secret ?? (await findDevelopmentSecret(config.dataDir));
  if (secret === undefined) {
    throw new ConfigurationError([
      `MANA_AUTH_SECRET is not set, and no development secret is in ${config.dataDir}: set it, or MANA_DATA_DIR, to what the server uses`,
    ]);
  }
  return createAppSecrets(secret, config.acceptedSecrets);
}
