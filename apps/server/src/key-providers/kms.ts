import { encodeBase64, findBase64 } from '@mana/auth-core/vault/format/base64';
import type { Bytes } from '@mana/auth-core/vault/format/bytes';
import { toUnreadable } from '@mana/auth-core/vault/format/unreadable';
import type { KekId } from '@mana/auth-core/vault/keys/ids';
import type { KeyService } from '@mana/auth-core/vault/keys/key-service';
import { expectKey, memberOf } from './expect-key.ts';
import { KeyServiceFault } from './key-service-fault.ts';
import { type KeyServiceAnswer, postToKeyService } from './post-to-key-service.ts';
import { type AwsCredentials, signKmsCall } from './sign-kms-call.ts';

export interface KmsKey {
  readonly id: KekId;
  readonly arn: string;
  readonly partition: string;
  readonly region: string;
}

export interface KmsOptions {
  /** Null for the one of each key's region. */
  readonly endpoint: string | null;
  /** Asked before each call: what it brings may end. */
  readonly findCredentials: () => Promise<AwsCredentials>;
  /** The first is active. */
  readonly keys: readonly [KmsKey, ...KmsKey[]];
  /** For one call, whatever happens in it. */
  readonly limitMs: number;
}

type Operation = 'Encrypt' | 'Decrypt';

/** What KMS takes, by its reference of Decrypt. */
const MAX_CIPHERTEXT_BYTES = 6144;
/** Of its refusals, those that are about the bytes. */
const UNREADABLE = ['InvalidCiphertextException', 'IncorrectKeyException'];
/** What an error is called, and no more of it: its message may repeat what was sent. */
const ERROR_NAME = /(?:^|#)([A-Z][A-Za-z]{2,60})(?::|$)/;

/**
 * Symmetric keys in AWS KMS. What is sealed is its ciphertext blob. The encryption context holds the
 * SHA-256 of the context: KMS takes 8 KiB of it, and shows it in the trail of the account.
 *
 * A key that is gone or disabled, and whoever may not use it, are `KeyServiceFault`.
 */
export function createKmsService(options: KmsOptions): KeyService {
  const { endpoint, findCredentials, keys, limitMs } = options;

  async function ask(operation: Operation, kekId: string, input: object): Promise<KmsAnswer> {
    const key = keys.find(({ id }) => id === kekId);
    if (!key) throw toUnreadable();
    const url = new URL(endpoint ?? toEndpoint(key));
    const service = `AWS KMS at ${url.origin}`;
    const signal = AbortSignal.timeout(limitMs);
    const body = JSON.stringify({ KeyId: key.arn, ...input });
    const credentials = await within(signal, findCredentials());
    const headers = await signKmsCall({ url, operation, body }, credentials, key.region);
    const call = { service, url: url.href, headers, body, signal, isThrottled };
    const answer = await postToKeyService(call);
    if (answer.status !== 200) throw toRefusal(answer, { service, operation, arn: key.arn });
    return { body: answer.body, service };
  }

  return {
    activeKekId: keys[0].id,
    kekIds: keys.map(({ id }) => id),

    async seal(key, { kekId, associatedData }) {
      const { body, service } = await ask('Encrypt', kekId, {
        Plaintext: encodeBase64(key),
        EncryptionContext: await toEncryptionContext(associatedData),
      });
      const blob = memberOf(body, 'CiphertextBlob');
      const sealed = typeof blob === 'string' ? findBase64(blob) : null;
      if (!sealed || !isCiphertext(sealed)) {
        throw new KeyServiceFault(`${service} answered with no ciphertext`);
      }
      return sealed;
    },

    async unseal(sealed, { kekId, associatedData }) {
      if (!isCiphertext(sealed)) throw toUnreadable();
      const { body, service } = await ask('Decrypt', kekId, {
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

/** Where credentials come from (a file, another service, the machine) has time limits of its own, or none. */
async function within(
  signal: AbortSignal,
  finding: Promise<AwsCredentials>,
): Promise<AwsCredentials> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true });
  try {
    return await Promise.race([finding, late]);
  } catch {
    // Without a cause: it may quote a file, or what a program printed.
    throw new KeyServiceFault(
      'No credentials for AWS KMS are to be had: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role',
    );
  }
}

/** The name of an error, where it has one. */
function findErrorName({ headers, body }: KeyServiceAnswer): string | undefined {
  const said = memberOf(body, '__type') ?? headers.get('x-amzn-errortype');
  return typeof said === 'string' ? ERROR_NAME.exec(said)?.[1] : undefined;
}

/** KMS throttles with status 400, as AWS services that speak JSON 1.1 do. */
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
