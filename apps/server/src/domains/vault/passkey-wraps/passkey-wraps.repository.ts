import type { Database } from '@mana/db/schema/database';
import type { NewVaultPasskeyWrap } from '@mana/db/schema/vault';
import type { Kysely, Transaction } from 'kysely';

/** A wrap, and how a browser finds the passkey that opens it. */
export interface PasskeyWrapRow {
  readonly passkey_id: string;
  /** Base64url. */
  readonly credential_id: string;
  /** Separated by commas. */
  readonly transports: string | null;
  readonly wrapped_mk: string;
  readonly wrap_iv: string;
  readonly format_version: number;
}

/** The wraps of a user's passkeys, oldest first. In the user's context. */
export async function listPasskeyWraps(
  trx: Transaction<Database>,
  userId: string,
): Promise<PasskeyWrapRow[]> {
  return trx
    .selectFrom('auth.vault_passkey_wraps as wrap')
    .innerJoin('auth.passkeys as passkey', (join) =>
      join
        .onRef('passkey.id', '=', 'wrap.passkey_id')
        .onRef('passkey.user_id', '=', 'wrap.user_id'),
    )
    .select([
      'wrap.passkey_id',
      'passkey.credential_id',
      'passkey.transports',
      'wrap.wrapped_mk',
      'wrap.wrap_iv',
      'wrap.format_version',
    ])
    .where('wrap.user_id', '=', userId)
    .orderBy('wrap.created_at')
    .orderBy('wrap.passkey_id')
    .execute();
}

/** A passkey for which a wrap can be made, and how a browser finds it. */
export type PasskeyRow = Pick<PasskeyWrapRow, 'credential_id' | 'transports'> & {
  readonly id: string;
};

/** A user's passkeys, oldest first. */
export async function listPasskeys(db: Kysely<Database>, userId: string): Promise<PasskeyRow[]> {
  return db
    .selectFrom('auth.passkeys')
    .select(['id', 'credential_id', 'transports'])
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Whether the user has this passkey. */
export async function hasPasskey(
  trx: Transaction<Database>,
  { userId, passkeyId }: { userId: string; passkeyId: string },
): Promise<boolean> {
  const found = await trx
    .selectFrom('auth.passkeys')
    .select('id')
    .where('id', '=', passkeyId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return found !== undefined;
}

/** Stores a wrap, in place of any earlier one of the same passkey. In the user's context. */
export async function putPasskeyWrap(
  trx: Transaction<Database>,
  wrap: NewVaultPasskeyWrap & { readonly created_at: Date },
): Promise<void> {
  await trx
    .insertInto('auth.vault_passkey_wraps')
    .values(wrap)
    .onConflict((conflict) =>
      conflict.column('passkey_id').doUpdateSet((eb) => ({
        generation: eb.ref('excluded.generation'),
        wrapped_mk: eb.ref('excluded.wrapped_mk'),
        wrap_iv: eb.ref('excluded.wrap_iv'),
        format_version: eb.ref('excluded.format_version'),
        created_at: eb.ref('excluded.created_at'),
      })),
    )
    .execute();
}

/** False if the user's passkey has none. In the user's context. */
export async function deletePasskeyWrap(
  trx: Transaction<Database>,
  { userId, passkeyId }: { userId: string; passkeyId: string },
): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('auth.vault_passkey_wraps')
    .where('passkey_id', '=', passkeyId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
