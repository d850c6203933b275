import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** What a ceremony may get wrong, or do differently from a browser with a fingerprint reader. */
export interface Ceremony {
  readonly origin?: string;
  readonly rpId?: string;
  readonly userPresent?: boolean;
  readonly userVerified?: boolean;
  readonly backupEligible?: boolean;
  readonly backedUp?: boolean;
  readonly counter?: number;
  /** The id beside the authenticator data, where it isn't the one inside. */
  readonly namedId?: string;
  /** Members of the client data beside, or in place of, the usual ones. */
  readonly clientData?: Readonly<Record<string, unknown>>;
}

/** A passkey whose private key the tests have. */
export interface SoftwarePasskey {
  /** Base64url. */
  readonly id: string;
  readonly publicKey: Buffer;
  /** An AuthenticationResponseJSON. */
  assert(challenge: string, ceremony?: Ceremony): AssertionJson;
  /** A RegistrationResponseJSON with attestation `none`. */
  attest(challenge: string, ceremony?: Ceremony): RegistrationJson;
}

interface CredentialJson<T> {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly clientExtensionResults: object;
  readonly response: T;
}
/** An AuthenticationResponseJSON. */
export type AssertionJson = CredentialJson<{
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
}>;
/** A RegistrationResponseJSON. */
export type RegistrationJson = CredentialJson<{
  clientDataJSON: string;
  attestationObject: string;
  transports: string[];
}>;

const HERE: Ceremony = { origin: 'http://localhost:3000', rpId: 'localhost' };
/** iCloud Keychain's, in the list of names. */
export const AAGUID = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd';

/** Makes a key pair (ES256) and signs with it as an authenticator does (WebAuthn Level 3, section 6). */
export function createPasskey({ idBytes = 16 }: { idBytes?: number } = {}): SoftwarePasskey {
  const idBuffer = randomBytes(idBytes);
  const id = idBuffer.toString('base64url');
  const { privateKey, publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const publicKey = encode(
    new Map<number, unknown>([
      [1, 2], // kty: EC2
      [3, -7], // alg: ES256
      [-1, 1], // crv: P-256
      [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
      [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
    ]),
  );
  const envelope = (namedId = id) =>
    ({ id: namedId, rawId: namedId, type: 'public-key', clientExtensionResults: {} }) as const;

  return {
    id,
    publicKey,
    assert(challenge, ceremony = {}) {
      const clientData = toClientData('webauthn.get', challenge, ceremony);
      const authenticatorData = toAuthenticatorData(ceremony);
      const signed = Buffer.concat([authenticatorData, sha256(clientData)]);
      return {
        ...envelope(ceremony.namedId),
        response: {
          clientDataJSON: clientData.toString('base64url'),
          authenticatorData: authenticatorData.toString('base64url'),
          signature: sign('sha256', signed, privateKey).toString('base64url'),
        },
      };
    },
    attest(challenge, ceremony = {}) {
      const idLength = Buffer.alloc(2);
      idLength.writeUInt16BE(idBytes);
      const attested = Buffer.concat([
        Buffer.from(AAGUID.replaceAll('-', ''), 'hex'),
        idLength,
        idBuffer,
        publicKey,
      ]);
      const attestationObject = encode(
        new Map<string, unknown>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', new Uint8Array(toAuthenticatorData(ceremony, attested))],
        ]),
      );
      return {
        ...envelope(ceremony.namedId),
        response: {
          clientDataJSON: toClientData('webauthn.create', challenge, ceremony).toString(
            'base64url',
          ),
          attestationObject: attestationObject.toString('base64url'),
          transports: ['internal', 'hybrid'],
        },
      };
    },
  };
}

function toClientData(type: string, challenge: string, ceremony: Ceremony): Buffer {
  const { origin } = { ...HERE, ...ceremony };
  return Buffer.from(
    JSON.stringify({ type, challenge, origin, crossOrigin: false, ...ceremony.clientData }),
  );
}

/** Authenticator data (section 6.1): RP id hash, flags, counter, and the attested credential if there is one. */
function toAuthenticatorData(ceremony: Ceremony, attested?: Buffer): Buffer {
  const { rpId = '', userPresent = true, userVerified = true } = { ...HERE, ...ceremony };
  const { backupEligible = true, backedUp = true, counter = 0 } = ceremony;
  const bits = [userPresent, false, userVerified, backupEligible, backedUp, false, !!attested];
  const flags = bits.reduce((sum, bit, position) => sum + (bit ? 1 << position : 0), 0);
  const counted = Buffer.alloc(4);
  counted.writeUInt32BE(counter);
  return Buffer.concat([
    sha256(Buffer.from(rpId)),
    Buffer.from([flags]),
    counted,
    attested ?? Buffer.alloc(0),
  ]);
}

function encode(value: unknown): Buffer {
  return Buffer.from(isoCBOR.encode(value as Parameters<typeof isoCBOR.encode>[0]));
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
