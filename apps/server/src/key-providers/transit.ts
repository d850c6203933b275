import { encodeBase64, findBase64 } from '@mana/auth-core/vault/format/base64';
import type { Bytes } from '@mana/auth-core/vault/format/bytes';
import { toUnreadable } from '@mana/auth-core/vault/format/unreadable';
import type { KekId } from '@mana/auth-core/vault/keys/ids';
import type { KeyService } from '@mana/auth-core/vault/keys/key-service';
import type { TransitSettings } from '../config/key-service-settings.ts';
import {
  expectKey,
  type KeyServiceAnswer,
  KeyServiceFault,
  memberOf,
  postToKeyService,
} from './post-to-key-service.ts';
import type { VaultToken } from './vault-token.ts';

/** A key in Transit, and where the engine is mounted. */
export interface TransitKey {
  readonly id: KekId;
  readonly mount: string;
  readonly key: string;
}

/** How Vault is reached, and with which keys. */
export interface TransitOptions {
  readonly settings: Pick<TransitSettings, 'address' | 'namespace'>;
  readonly token: VaultToken;
  /** The first is active. */
  readonly keys: readonly [TransitKey, ...TransitKey[]];
  /** For one call, retries included. */
  readonly limitMs: number;
}

type Operation = 'encrypt' | 'decrypt';

/** What Transit writes. It reads more than that: line breaks in the base64, or version 0 as version 1. */
const CIPHERTEXT = /^vault:v[1-9]\d{0,8}:([A-Za-z0-9+/]+=*)$/;
/** Those of the refusals with status 400 that are about the bytes. */
const UNREADABLE = /message authentication failed|invalid ciphertext/;

/**
 * Keys in the Transit engine of HashiCorp Vault. A sealed key is the engine's own text, `vault:v1:…`; the
 * context goes into `associated_data`, which keys of the type aes256-gcm96 take.
 *
 * Throws `KeyServiceFault` for a key that is gone, a refused token and a sealed Vault, though Transit answers
 * the first with the same status as damaged bytes.
 */
export function createTransitService({
  settings: { address, namespace },
  token,
  keys,
  limitMs,
}: TransitOptions): KeyService {
  const service = `Vault at ${new URL(address).origin}`;

  async function call(operation: Operation, kekId: string, body: object): Promise<unknown> {
    const key = keys.find(({ id }) => id === kekId);
    if (!key) throw toUnreadable();
    const request = {
      service,
      url: `${address}/v1/${key.mount}/${operation}/${key.key}`,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(limitMs),
    };
    const send = (shown: string) =>
      postToKeyService({ ...request, headers: toHeaders(shown, namespace) });
    const shown = await token.read();
    let answer = await send(shown);
    const newer = answer.status === 403 ? await token.findNewer(shown) : null;
    if (newer !== null) answer = await send(newer);
    if (answer.status === 200) return memberOf(answer.body, 'data');
    throw toRefusal(answer, { service, operation, key });
  }

  return {
    activeKekId: keys[0].id,
    kekIds: keys.map(({ id }) => id),

    async seal(key, { kekId, associatedData }) {
      const data = await call('encrypt', kekId, {
        plaintext: encodeBase64(key),
        associated_data: encodeBase64(associatedData),
      });
      const ciphertext = memberOf(data, 'ciphertext');
      if (typeof ciphertext !== 'string' || !isCiphertext(ciphertext)) {
        throw new KeyServiceFault(`${service} answered without a ciphertext`);
      }
      return new TextEncoder().encode(ciphertext);
    },

    async unseal(sealed, { kekId, associatedData }) {
      const ciphertext = readCiphertext(sealed);
      const data = await call('decrypt', kekId, {
        ciphertext,
        associated_data: encodeBase64(associatedData),
      });
      return expectKey(memberOf(data, 'plaintext'), service);
    },
  };
}

function toHeaders(token: string, namespace: string | null): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-vault-request': 'true',
    'x-vault-token': token,
    ...(namespace !== null && { 'x-vault-namespace': namespace }),
  };
}

function readCiphertext(sealed: Bytes): string {
  const text = Buffer.from(sealed).toString('latin1');
  if (!isCiphertext(text)) throw toUnreadable();
  return text;
}

function isCiphertext(text: string): boolean {
  const [, base64] = CIPHERTEXT.exec(text) ?? [];
  return base64 !== undefined && findBase64(base64) !== null;
}

function toRefusal(
  { status, body }: KeyServiceAnswer,
  about: { service: string; operation: Operation; key: TransitKey },
): Error {
  const { service, operation, key } = about;
  const path = `${key.mount}/${operation}/${key.key}`;
  const errors = memberOf(body, 'errors');
  const said = Array.isArray(errors) ? errors.join(' ') : '';
  if (status === 400 && operation === 'decrypt' && UNREADABLE.test(said)) return toUnreadable();
  return new KeyServiceFault(`${service} ${describe(status, said, path)}`);
}

/** In our own words: the service's may repeat what it was sent. */
function describe(status: number, said: string, path: string): string {
  if (status === 400 && /key not found/.test(said)) return `has no such key: ${path}`;
  if (status === 400 && /too old/.test(said)) {
    return `has the key, but no longer the version that a vault is wrapped under: lower its min_decryption_version (${path})`;
  }
  if (status === 400 && /associated_data/.test(said)) {
    return `has a key whose type takes no associated data, create one of type aes256-gcm96: ${path}`;
  }
  if (status === 403) return `refuses the token, which has expired or may not update ${path}`;
  if (status === 404) return `has no Transit engine at this path: ${path}`;
  if (status === 503) return `is sealed or not active (503): ${path}`;
  return `answered ${status}: ${path}`;
}
