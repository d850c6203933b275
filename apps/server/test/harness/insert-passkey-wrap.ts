import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import { wrapForPasskey } from '@mana/auth-core/vault/wraps/passkey-wrap';
import { asUser } from '@mana/db/client/user-context';
import { insertPasskey } from './insert-passkey.ts';
import type { InsertedUser } from './insert-user.ts';
import { insertUser } from './insert-user.ts';
import { type InsertedVault, insertVault } from './insert-vault.ts';
import type { TestServer } from './test-server.ts';

/** A passkey that can open a vault. */
export interface PasskeyOfVault {
  readonly passkeyId: string;
  readonly credentialId: string;
  readonly prfOutput: Uint8Array<ArrayBuffer>;
}

/** A passkey of a user, and what its PRF answers. */
export async function insertPrfPasskey(
  server: TestServer,
  user: Pick<InsertedUser, 'id'>,
): Promise<PasskeyOfVault> {
  const { passkeyId, passkey } = await insertPasskey(server, user);
  const prfOutput = crypto.getRandomValues(new Uint8Array(32));
  return { passkeyId, credentialId: passkey.id, prfOutput };
}

/** A passkey's wrap as a client sends it, of any key (base64). */
export async function makePasskeyWrap(
  masterKey: string,
  { userId, generation = 1 }: { userId: string; generation?: number },
  { passkeyId, credentialId, prfOutput }: PasskeyOfVault,
) {
  const owner = { userId: parseUserId(userId), generation, credentialId };
  const key = Uint8Array.from(Buffer.from(masterKey, 'base64'));
  const { wrapped: wrappedMk, iv: wrapIv } = await wrapForPasskey(key, prfOutput, owner);
  return { passkeyId, generation, wrappedMk, wrapIv, formatVersion: 2 as const };
}

/** A user whose vault a passkey opens, put straight into the database. */
export async function insertPasskeyVault(
  server: TestServer,
  options?: Parameters<typeof insertVault>[2],
): Promise<InsertedUser & InsertedVault & { readonly passkey: PasskeyOfVault }> {
  const user = await insertUser(server);
  const vault = await insertVault(server, user.id, options);
  const passkey = await insertPrfPasskey(server, user);
  const wrap = await makePasskeyWrap(vault.masterKey, { userId: user.id }, passkey);
  await asUser(server.owner, user.id, (trx) =>
    trx
      .insertInto('auth.vault_passkey_wraps')
      .values({
        user_id: user.id,
        passkey_id: passkey.passkeyId,
        generation: 1,
        wrapped_mk: wrap.wrappedMk,
        wrap_iv: wrap.wrapIv,
        format_version: wrap.formatVersion,
      })
      .execute(),
  );
  return { ...user, ...vault, passkey };
}
