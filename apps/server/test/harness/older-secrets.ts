import { symmetricEncrypt } from 'better-auth/crypto';
import { generateSigningKey } from '../../src/access-tokens/signing-key.ts';
import { createAppSecrets } from '../../src/secrets/app-secrets.ts';

/** A value as Better Auth and earlier versions stored it: encrypted under the secret, and bound to nothing. */
export async function sealAsBefore(secret: string, data: string): Promise<string> {
  return symmetricEncrypt({ key: secret, data });
}

/** The secrets of a database from before mana-auth: a signing key, and a TOTP key. */
export async function createExistingSecrets(secret: string) {
  const secrets = createAppSecrets(secret, []);
  const { id, publicKey, privateKey } = generateSigningKey(secrets, new Date(0));
  const context = { purpose: 'signing-key', owner: id } as const;
  const { data } = await secrets.decrypt(JSON.parse(privateKey), context);
  return {
    signingKey: { publicKey, privateKey: JSON.stringify(await sealAsBefore(secret, data)) },
    twoFactorSecret: await sealAsBefore(secret, 'a key of 32 characters, as ASCII'),
  };
}
