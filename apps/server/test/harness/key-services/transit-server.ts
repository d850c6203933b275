import { randomBytes } from 'node:crypto';
import { decryptAead, encryptAead } from './aead.ts';
import { type HttpService, type ServiceAnswer, startHttpService } from './http-service.ts';

/** A transit server that runs in the test. */
export interface TransitServer extends HttpService {
  /** Versions of each key, the first of which is 1. */
  readonly keys: Map<string, Buffer[]>;
  readonly tokens: Set<string>;
  isSealed: boolean;
  /** Types other than this take no associated data. */
  keyType: string;
  minDecryptionVersion: number;
}

interface Input {
  readonly plaintext?: string;
  readonly ciphertext?: string;
  readonly associated_data?: string;
}

/**
 * The Transit engine as its HTTP API is documented, mounted at `mount`, with what it says when it refuses.
 * It forgives what Vault forgives: line breaks within base64, and version 0 for the first.
 */
export async function startTransitServer(
  keyNames: readonly string[],
  { mount = 'transit', namespace }: { mount?: string; namespace?: string } = {},
): Promise<TransitServer> {
  const state = {
    keys: new Map(keyNames.map((name) => [name, [randomBytes(32)]])),
    tokens: new Set(['hvs.a-token-of-the-tests']),
    isSealed: false,
    keyType: 'aes256-gcm96',
    minDecryptionVersion: 1,
  };

  const service = await startHttpService(({ method, path, headers, body }) => {
    if (state.isSealed) return refuse(503, 'Vault is sealed');
    const token = headers['x-vault-token'] ?? '';
    if (!state.tokens.has(token)) return refuse(403, '2 errors occurred: * permission denied');
    if (headers['x-vault-namespace'] !== namespace) return refuse(404, 'no handler for route');
    const [, operation, key = ''] = /^\/v1\/(.+)\/([^/]+)$/.exec(path) ?? [];
    if (method !== 'POST') return refuse(405, 'unsupported operation');
    const input = JSON.parse(body) as Input;
    if (operation === `${mount}/encrypt`) return encrypt(key, input);
    if (operation === `${mount}/decrypt`) return decrypt(key, input);
    return refuse(404, `no handler for route "${path}"`);
  });

  function encrypt(name: string, { plaintext, associated_data }: Input): ServiceAnswer {
    const versions = state.keys.get(name);
    if (!versions) return refuse(400, 'encryption key not found');
    if (associated_data && state.keyType !== 'aes256-gcm96') return refuseAssociatedData();
    const key = versions.at(-1) ?? Buffer.alloc(0);
    const sealed = encryptAead(key, decode(plaintext), decode(associated_data));
    const ciphertext = `vault:v${versions.length}:${sealed.toString('base64')}`;
    return { status: 200, body: { data: { ciphertext, key_version: versions.length } } };
  }

  function decrypt(name: string, { ciphertext = '', associated_data }: Input): ServiceAnswer {
    const versions = state.keys.get(name);
    if (!versions) return refuse(400, 'encryption key not found');
    if (associated_data && state.keyType !== 'aes256-gcm96') return refuseAssociatedData();
    if (!ciphertext.startsWith('vault:v')) return refuse(400, 'invalid ciphertext: no prefix');
    const [digits = '', ...rest] = ciphertext.slice('vault:v'.length).split(':');
    if (rest.length !== 1) return refuse(400, 'invalid ciphertext: wrong number of fields');
    if (!/^[+-]?\d+$/.test(digits)) {
      return refuse(400, 'invalid ciphertext: version number could not be decoded');
    }
    const version = Number(digits) || 1;
    if (version > versions.length) return refuse(400, 'invalid ciphertext: version is too new');
    if (version < state.minDecryptionVersion) {
      return refuse(400, 'ciphertext or signature version is disallowed by policy (too old)');
    }
    const key = versions[version - 1] ?? Buffer.alloc(32);
    const opened = decryptAead(key, decode(rest[0]), decode(associated_data));
    if (!opened) return refuse(400, 'cipher: message authentication failed');
    return { status: 200, body: { data: { plaintext: opened.toString('base64') } } };
  }

  function refuseAssociatedData(): ServiceAnswer {
    return refuse(400, `'[0].associated_data' provided for non-AEAD cipher suite ${state.keyType}`);
  }

  return Object.assign(state, service);
}

function refuse(status: number, message: string): ServiceAnswer {
  return { status, body: { errors: [message] } };
}

function decode(base64 = ''): Buffer {
  return Buffer.from(base64, 'base64');
}
