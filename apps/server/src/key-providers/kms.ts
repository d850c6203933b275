import { encodeBase64, findBase64 } from '@mana/auth-core/vault/format/base64';
import type { Bytes } from '@mana/auth-core/vault/format/bytes';
import { toUnreadable } from '@mana/auth-core/vault/format/unreadable';
import type { KekId } from '@mana/auth-core/vault/keys/ids';
import type { KeyService } from '@mana/auth-core/vault/keys/key-service';
import {
  expectKey,
  type KeyServiceAnswer,
  KeyServiceFault,
  memberOf,
  postToKeyService,
} from './post-to-key-service.ts';
import { type AwsCredentials, signKmsCall } from './sign-kms-call.ts';

/** A key in AWS KMS. */
export interface KmsKey {
  readonly id: KekId;
  readonly arn: string;
  readonly partition: string;
  readonly region: string;
}

/** How KMS is reached, and with which keys. */
export interface KmsOptions {
  /** Null for the default endpoint of each key's region. */
  readonly endpoint: string | null;
  /** Called before each request, as credentials may expire. */
  readonly findCredentials: () => Promise<AwsCredentials>;
  /** The first is active. */
  readonly keys: readonly [KmsKey, ...KmsKey[]];
  /** For one call, retries included. */
  readonly limitMs: number;
}

type Operation = 'Encrypt' | 'Decrypt';

/** KMS's own limit, from the reference of Decrypt. */
const MAX_CIPHERTEXT_BYTES = 6144;
/** Those of its refusals that are about the bytes. */
const UNREADABLE = ['InvalidCiphertextException', 'IncorrectKeyException'];
/** Only the name of an error: its message may repeat what was sent. */
const ERROR_NAME = /(?:^|#)([A-Z][A-Za-z]{2,60})(?::|$)/;

/**
 * Symmetric keys in AWS KMS. A sealed key is KMS's ciphertext blob. The encryption context holds the SHA-256
 * of the associated data: KMS takes no more than 8 KiB, and logs it in CloudTrail.
 *
 * Throws `KeyServiceFault` for a key that is gone or disabled, or that these credentials may not use.
 */
export function createKmsService(options: KmsOptions): KeyService {
  const { endpoint, findCredentials, keys, limitMs } = options;

  async function call(operation: Operation, kekId: string, input: object): Promise<KmsAnswer> {
    const key = keys.find(({ id }) => id === kekId);
    if (!key) throw toUnreadable();
    const url = new URL(endpoint ?? toEndpoint(key));
    const service = `AWS KMS at ${url.origin}`;
    const signal = AbortSignal.timeout(limitMs);
    const body = JSON.stringify({ KeyId: key.arn, ...input });
    const credentials = await within(signal, findCredentials());
    const headers = await signKmsCall({ url, operation, body }, credentials, key.region);
    const request = { service, url: url.href, headers, body, signal, isThrottled };
    const answer = await postToKeyService(request);
    if (answer.status !== 200) throw toRefusal(answer, { service, operation, arn: key.arn });
    return { body: answer.body, service };
  }

  return {
    activeKekId: keys[0].id,
    kekIds: keys.map(({ id }) => id),

    async seal(key, { kekId, associatedData }) {
      const { body, service } = await call('Encrypt', kekId, {
        Plaintext: encodeBase64(key),
        EncryptionContext: await toEncryptionContext(associatedData),
      });
      const blob = memberOf(body, 'CiphertextBlob');
      const sealed = typeof blob === 'string' ? findBase64(blob) : null;
      if (!sealed || !isCiphertext(sealed)) {
        throw new KeyServiceFault(`${service} answered without a ciphertext`);
      }
      return sealed;
    },

    async unseal(sealed, { kekId, associatedData }) {
      if (!isCiphertext(sealed)) throw toUnreadable();
      const { body, service } = await call('Decrypt', kekId, {
        CiphertextBlob: encodeBase64(sealed),
        EncryptionContext: await toEncryptionContext(associatedData),
      });
      return expectKey(memberOf(body, 'Plaintext'), service);
    },
  };
}

interface KmsAnswer {
  readonly body: unknown;
  readonly service: string;
}

function isCiphertext({ length }: Bytes): boolean {
  return length > 0 && length <= MAX_CIPHERTEXT_BYTES;
}

async function toEncryptionContext(associatedData: Bytes): Promise<Record<string, string>> {
  const digest = await crypto.subtle.digest('SHA-256', associatedData);
  return { 'mana-vault': encodeBase64(new Uint8Array(digest)) };
}

function toEndpoint({ partition, region }: KmsKey): string {
  return `https://kms.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
}

/** The source of credentials (a file, another service, the machine) has its own time limits, or none. */
async function within(
  signal: AbortSignal,
  finding: Promise<AwsCredentials>,
): Promise<AwsCredentials> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true });
  try {
    return await Promise.race([finding, late]);
  } catch {
    // Without a cause, which may quote a file or a program's output.
    throw new KeyServiceFault(
      'No credentials for AWS KMS were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role',
    );
  }
}

/** The name of an error, if it has one. */
function findErrorName({ headers, body }: KeyServiceAnswer): string | undefined {
  const said = memberOf(body, '__type') ?? headers.get('x-amzn-errortype');
  return typeof said === 'string' ? ERROR_NAME.exec(said)?.[1] : undefined;
}

/** KMS throttles with status 400, as all AWS services that speak JSON 1.1 do. */
function isThrottled(answer: KeyServiceAnswer): boolean {
  return findErrorName(answer) === 'ThrottlingException';
}

function toRefusal(
  answer: KeyServiceAnswer,
  about: { service: string; operation: Operation; arn: string },
): Error {
  const { status } = answer;
  const name = findErrorName(answer);
  if (about.operation === 'Decrypt' && status === 400 && name && UNREADABLE.includes(name)) {
    return toUnreadable();
  }
  const reason = name ? `${name}, ${status}` : `${status}`;
  return new KeyServiceFault(
    `${about.service} refuses ${about.operation} with ${about.arn}: ${reason}`,
  );
}
