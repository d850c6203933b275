import { parseKekId } from '@mana/auth-core/vault/keys/ids';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import { createServiceProvider } from '@mana/auth-core/vault/keys/key-service';
import { createKmsService } from '../../../src/key-providers/kms.ts';
import { createTransitService } from '../../../src/key-providers/transit.ts';
import { createVaultToken, type VaultToken } from '../../../src/key-providers/vault-token.ts';
import type { HttpService } from './http-service.ts';
import { arnOf, CREDENTIALS, REGION } from './kms-server.ts';

/** Long enough for a busy machine, and short enough to wait for. */
const LIMIT_MS = 2000;
/** By then a call has failed, however busy the machine is; without the limit it never would. */
export const IN_TIME_MS = 30_000;
/** The token that the tests' transit server accepts. */
export const TOKEN = 'hvs.a-token-of-the-tests';

/** Two keys of a Transit engine, `one` and `two`. */
export function openTransit(
  { origin }: HttpService,
  {
    token = createVaultToken({ token: TOKEN, tokenFile: null }, () => 0),
  }: { token?: VaultToken } = {},
): KeyProvider {
  const keys = [
    { id: parseKekId('transit/1'), mount: 'transit', key: 'one' },
    { id: parseKekId('transit/2'), mount: 'transit', key: 'two' },
  ] as const;
  const settings = { address: origin, namespace: null };
  return createServiceProvider(createTransitService({ settings, token, keys, limitMs: LIMIT_MS }));
}

/** Two keys of KMS, `one` and `two`. */
export function openKms(
  { origin }: HttpService,
  {
    findCredentials = async () => CREDENTIALS,
  }: { findCredentials?: () => Promise<typeof CREDENTIALS> } = {},
): KeyProvider {
  const place = { partition: 'aws', region: REGION };
  const keys = [
    { id: parseKekId('kms/1'), arn: arnOf('one'), ...place },
    { id: parseKekId('kms/2'), arn: arnOf('two'), ...place },
  ] as const;
  return createServiceProvider(
    createKmsService({ endpoint: origin, findCredentials, keys, limitMs: LIMIT_MS }),
  );
}
