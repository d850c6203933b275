import { readFile } from 'node:fs/promises';
import { type KekId, parseKekId } from '@mana/auth-core/vault/keys/ids';
import { joinKeyProviders } from '@mana/auth-core/vault/keys/join-key-providers';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import { createKeyRing } from '@mana/auth-core/vault/keys/key-ring';
import { createServiceProvider } from '@mana/auth-core/vault/keys/key-service';
import { parseKek } from '@mana/auth-core/vault/keys/parse-kek';
import type { KekConfig } from '../config/config.ts';
import { findKekSource, type KekSource } from '../config/kek-source.ts';
import type { KeyServiceSettings } from '../config/key-service-settings.ts';
import type { Log } from '../logging/log.ts';
import { createTransitService } from './transit.ts';
import { createVaultToken } from './vault-token.ts';

const ZEROS: KekSource = { kind: 'bytes', base64: Buffer.alloc(32).toString('base64') };
/** As long as a page waits for the database. */
const SERVICE_LIMIT_MS = 5000;

type Named<K extends KekSource['kind']> = Extract<KekSource, { kind: K }> & { readonly id: KekId };

/**
 * Opens the keys that wrap and open vaults, as configured: the active one, from a variable, a file or a key
 * service, and those accepted beside it, of any kind. Throws if the file can't be read or holds no key.
 * Calls no service yet.
 *
 * Without a configured key (allowed in development only) the active one is 32 zero bytes, and the log says so.
 */
export async function openKeyProvider(config: KekConfig, log: Log): Promise<KeyProvider> {
  const { accepted, services } = config;
  const activeKekId = parseKekId(config.activeId);
  const keys = [
    { id: activeKekId, ...(await findActive(config, log)) },
    ...accepted.map(({ id, kek }) => ({ id: parseKekId(id), ...getSource(kek) })),
  ];
  const opened = await Promise.all([
    openRing(keys.filter((key) => key.kind === 'bytes')),
    openTransit(
      keys.filter((key) => key.kind === 'transit'),
      services,
    ),
    openKms(
      keys.filter((key) => key.kind === 'kms'),
      services,
    ),
  ]);
  const providers = opened.filter((provider) => provider !== null);
  const active = providers.find((provider) => provider.activeKekId === activeKekId);
  if (!active) throw new TypeError(`No provider has the active key "${activeKekId}"`);
  return joinKeyProviders(active, ...providers.filter((provider) => provider !== active));
}

async function findActive({ active, file }: KekConfig, log: Log): Promise<KekSource> {
  if (file !== null) return { kind: 'bytes', base64: await readKekFile(file) };
  if (active !== null) return getSource(active);
  log.warn(
    'MANA_AUTH_KEK is not set: vaults are wrapped under a key of zeros, which everybody knows. In production the server would refuse to start.',
  );
  return ZEROS;
}

function getSource(text: string): KekSource {
  const source = findKekSource(text);
  if (!source) throw new TypeError('A key is neither 32 bytes in base64 nor one of a key service');
  return source;
}

/** Secret. Errors name the file, and nothing of what is in it. */
async function readKekFile(file: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new Error(`MANA_AUTH_KEK_FILE can't be read: ${file}`, { cause });
  }
  try {
    parseKek(text).fill(0);
  } catch (cause) {
    throw new Error(
      `MANA_AUTH_KEK_FILE holds no key: ${file} must contain 32 random bytes in base64, 44 characters`,
      { cause },
    );
  }
  return text;
}

/** Each provider wraps with its first key; the active key comes first of all. */
async function openRing(keys: readonly Named<'bytes'>[]): Promise<KeyProvider | null> {
  const [first] = keys;
  if (!first) return null;
  const keks = keys.map(({ id, base64 }) => ({ id, bytes: parseKek(base64) }));
  return createKeyRing({ activeKekId: first.id, keks });
}

function openTransit(
  [first, ...others]: readonly Named<'transit'>[],
  { transit: settings }: KeyServiceSettings,
): KeyProvider | null {
  if (!first || !settings) return null;
  const token = createVaultToken(settings, () => performance.now());
  const keys = [first, ...others] as const;
  return createServiceProvider(
    createTransitService({ settings, token, keys, limitMs: SERVICE_LIMIT_MS }),
  );
}

/** Loads the AWS code only if a key is in KMS. */
async function openKms(
  [first, ...others]: readonly Named<'kms'>[],
  { kmsEndpoint: endpoint }: KeyServiceSettings,
): Promise<KeyProvider | null> {
  if (!first) return null;
  const { createKmsService } = await import('./kms.ts');
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const findCredentials = defaultProvider();
  const keys = [first, ...others] as const;
  return createServiceProvider(
    createKmsService({ endpoint, findCredentials, keys, limitMs: SERVICE_LIMIT_MS }),
  );
}
