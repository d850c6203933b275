import { randomBytes } from 'node:crypto';
import { decryptAead, encryptAead } from './aead.ts';
import { type HttpService, type ServiceAnswer, startHttpService } from './http-service.ts';
import { isSigned } from './verify-signature.ts';

/** The region of the tests' KMS. */
export const REGION = 'eu-central-1';
/** The credentials that it accepts. */
export const CREDENTIALS = {
  accessKeyId: 'AKIATESTSOFMANAAUTH1',
  secretAccessKey: 'a secret key of the tests and of nothing',
  sessionToken: 'a session token of the tests',
};

/** A KMS that runs in the test. */
export interface KmsServer extends HttpService {
  readonly keys: Map<string, KmsServerKey>;
}

interface KmsServerKey {
  /** What its ciphertexts begin with. */
  readonly mark: Buffer;
  readonly bytes: Buffer;
  isEnabled: boolean;
}

interface Input {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

const MARK_BYTES = 20;
const MAX_CONTEXT_BYTES = 8192;
const MAX_CIPHERTEXT_BYTES = 6144;

/** The ARN of a key in `REGION`. */
export function arnOf(name: string): string {
  return `arn:aws:kms:${REGION}:111122223333:key/${name}`;
}

/** Encrypt and Decrypt of AWS KMS as they are documented, for callers whose signature is right. */
export async function startKmsServer(arns: readonly string[]): Promise<KmsServer> {
  const keys = new Map(
    arns.map((arn) => [
      arn,
      { mark: randomBytes(MARK_BYTES), bytes: randomBytes(32), isEnabled: true },
    ]),
  );

  const service = await startHttpService((request) => {
    if (!isSigned(request, CREDENTIALS, REGION)) return refuse('InvalidSignatureException');
    const { headers, method, path } = request;
    if (method !== 'POST' || path !== '/') return refuse('UnknownOperationException');
    if (headers['content-type'] !== 'application/x-amz-json-1.1') {
      return refuse('SerializationException');
    }
    const input = JSON.parse(request.body) as Input;
    const context = encodeEncryptionContext(input.EncryptionContext);
    if (context.length > MAX_CONTEXT_BYTES) return refuse('ValidationException');
    const key = keys.get(input.KeyId ?? '');
    if (!key) return refuse('NotFoundException');
    if (!key.isEnabled) return refuse('DisabledException');
    const target = headers['x-amz-target'];
    if (target === 'TrentService.Encrypt') return encrypt(key, input, context);
    if (target === 'TrentService.Decrypt') return decrypt(key, input, context);
    return refuse('UnknownOperationException');
  });

  function encrypt(key: KmsServerKey, { KeyId, Plaintext }: Input, context: Buffer): ServiceAnswer {
    const sealed = encryptAead(key.bytes, decode(Plaintext), context);
    const CiphertextBlob = Buffer.concat([key.mark, sealed]).toString('base64');
    return { status: 200, body: { KeyId, CiphertextBlob } };
  }

  function decrypt(key: KmsServerKey, input: Input, context: Buffer): ServiceAnswer {
    const blob = decode(input.CiphertextBlob);
    if (blob.length === 0 || blob.length > MAX_CIPHERTEXT_BYTES) {
      return refuse('ValidationException');
    }
    const mark = blob.subarray(0, MARK_BYTES);
    const owner = [...keys.values()].find((one) => one.mark.equals(mark));
    if (owner && owner !== key) return refuse('IncorrectKeyException');
    const opened = owner && decryptAead(key.bytes, blob.subarray(MARK_BYTES), context);
    if (!opened) return refuse('InvalidCiphertextException');
    return { status: 200, body: { KeyId: input.KeyId, Plaintext: opened.toString('base64') } };
  }

  return { ...service, keys };
}

/** Pairs in any order are the same context. */
function encodeEncryptionContext(context: Input['EncryptionContext'] = {}): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(pairs));
}

function refuse(type: string): ServiceAnswer {
  return { status: 400, body: { __type: type, message: 'as the tests know it' } };
}

function decode(base64 = ''): Buffer {
  return Buffer.from(base64, 'base64');
}
