import type { Environment } from './environment-schema.ts';
import { splitNamedKek } from './environment-schema.ts';
import { findKekSource } from './kek-source.ts';

/** How Vault is reached, and the token for it. */
export interface TransitSettings {
  /** Without a trailing slash. */
  readonly address: string;
  readonly namespace: string | null;
  /** Secret. Null if `tokenFile` contains it. */
  readonly token: string | null;
  readonly tokenFile: string | null;
}

/** The key services that hold configured keys. */
export interface KeyServiceSettings {
  readonly transit: TransitSettings | null;
  /** Null for the default endpoint of the key's region. */
  readonly kmsEndpoint: string | null;
}

/** Anything else could add a header, or be no valid header at all. */
const TOKEN = /^[\x21-\x7e]+$/;

/** The settings of the services in use. The variables are Vault's and AWS's own: unless a key is in the service, they aren't for us. */
export function deriveKeyServiceSettings(environment: Environment): KeyServiceSettings {
  const { transit, kms } = findServicesInUse(environment);
  const { VAULT_ADDR, VAULT_NAMESPACE, VAULT_TOKEN, VAULT_TOKEN_FILE } = environment;
  return {
    transit: transit
      ? {
          address: (VAULT_ADDR ?? '').replace(/\/+$/, ''),
          namespace: VAULT_NAMESPACE ?? null,
          token: VAULT_TOKEN ?? null,
          tokenFile: VAULT_TOKEN_FILE ?? null,
        }
      : null,
    kmsEndpoint: (kms ? environment.AWS_ENDPOINT_URL_KMS : undefined) ?? null,
  };
}

/** What is wrong with the variables of the key services in use, one sentence each. Takes them as they were set. */
export function findKeyServiceProblems(
  set: Readonly<Record<string, string | undefined>>,
): string[] {
  const accepted = (set['MANA_AUTH_ACCEPTED_KEKS'] ?? '').split(',').map((entry) => entry.trim());
  const { transit, kms } = findServicesInUse({
    MANA_AUTH_KEK: set['MANA_AUTH_KEK'],
    MANA_AUTH_ACCEPTED_KEKS: accepted,
  });
  const isProduction = set['NODE_ENV'] === 'production';
  const endpoint = set['AWS_ENDPOINT_URL_KMS'];
  return [
    ...(transit ? findTransitProblems(set, isProduction) : []),
    ...(kms && endpoint !== undefined
      ? findAddressProblems('AWS_ENDPOINT_URL_KMS', endpoint, isProduction)
      : []),
  ];
}

function findTransitProblems(
  set: Readonly<Record<string, string | undefined>>,
  isProduction: boolean,
): string[] {
  const { VAULT_ADDR: address, VAULT_TOKEN: token, VAULT_TOKEN_FILE: file } = set;
  const problems = address
    ? findAddressProblems('VAULT_ADDR', address, isProduction)
    : ['VAULT_ADDR is missing: a key is in Transit, so set the address of Vault'];
  if (!token && !file) {
    problems.push('VAULT_TOKEN is missing: a key is in Transit; set it, or VAULT_TOKEN_FILE');
  }
  if (token && file) problems.push('VAULT_TOKEN and VAULT_TOKEN_FILE are both set: set one');
  if (token && !isToken(token)) {
    problems.push('VAULT_TOKEN must be one word, without spaces or line breaks');
  }
  if (set['VAULT_NAMESPACE'] && !isToken(set['VAULT_NAMESPACE'])) {
    problems.push('VAULT_NAMESPACE must be a path such as team/auth');
  }
  return problems;
}

function findAddressProblems(name: string, value: string, isProduction: boolean): string[] {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isPlain = url && !url.username && !url.password && !url.search && !url.hash;
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    return [`${name} must be an address such as https://keys.example.org`];
  }
  return isProduction && url.protocol === 'http:' && !isLoopback(url)
    ? [`${name} must begin with https: over http, anybody on the way can read the keys`]
    : [];
}

function isLoopback({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** Whether it can be sent as a header. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

function findServicesInUse(
  keks: Pick<Environment, 'MANA_AUTH_ACCEPTED_KEKS'> & { MANA_AUTH_KEK?: string | undefined },
): { transit: boolean; kms: boolean } {
  const accepted = keks.MANA_AUTH_ACCEPTED_KEKS.map((entry) => splitNamedKek(entry)[1]);
  const kinds = [keks.MANA_AUTH_KEK ?? '', ...accepted].map((kek) => findKekSource(kek)?.kind);
  return { transit: kinds.includes('transit'), kms: kinds.includes('kms') };
}
