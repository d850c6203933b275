import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** What signs calls to AWS. Secret. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface KmsCall {
  readonly url: URL;
  readonly operation: 'Encrypt' | 'Decrypt';
  readonly body: string;
}

type Source = string | ArrayBuffer | ArrayBufferView;

/** The headers of a call in AWS JSON 1.1, signed with Signature Version 4, which covers body and host. */
export async function signKmsCall(
  { url, operation, body }: KmsCall,
  credentials: AwsCredentials,
  region: string,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service: 'kms', region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${operation}`,
    },
    body,
  });
  const { host: _, ...sent } = headers;
  return sent;
}

/** In the form that the signer expects: a hash, or with a secret an HMAC. */
class Sha256 {
  readonly #hash;

  constructor(secret?: Source) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(data: Source): void {
    this.#hash.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }

  reset(): void {
    throw new Error('A hash is used once only');
  }
}

function toBytes(source: Source): string | Uint8Array {
  if (typeof source === 'string') return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}
