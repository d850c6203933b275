import type { HttpService } from './http-service.ts';
import { TOKEN } from './key-providers.ts';
import { arnOf, CREDENTIALS } from './kms-server.ts';

/** What AWS's own chain of credentials takes from the environment. */
export const AWS = {
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
};
const KEKS: Readonly<Record<string, string>> = {
  'env-v1': Buffer.alloc(32, 1).toString('base64'),
  'transit-v1': 'transit:mana',
  'kms-v1': arnOf('mana'),
  'env-v2': Buffer.alloc(32, 2).toString('base64'),
};

/** Variables of a server whose keys have these names, the active one first; each service has a key `mana`. */
export function environmentWith(
  { transit, kms, databaseUrl }: { transit: HttpService; kms: HttpService; databaseUrl: string },
  [active = '', ...accepted]: readonly string[],
): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    MANA_AUTH_KEK: KEKS[active] ?? '',
    MANA_AUTH_KEK_ID: active,
    MANA_AUTH_ACCEPTED_KEKS: accepted.map((id) => `${id}=${KEKS[id]}`).join(','),
    VAULT_ADDR: transit.origin,
    VAULT_TOKEN: TOKEN,
    AWS_ENDPOINT_URL_KMS: kms.origin,
  };
}
