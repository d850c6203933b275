import type { ColumnType, Generated, Selectable } from 'kysely';

/** The public half of a WebAuthn credential, and what is known about its authenticator. */
export interface PasskeysTable {
  id: string;
  user_id: string;
  /** Chosen by the user. */
  name: string | null;
  /** Base64url. */
  credential_id: string;
  /** COSE_Key (RFC 9052 section 7), base64. */
  public_key: string;
  /** The signature counter that the authenticator last sent; read as text, like every bigint. */
  counter: ColumnType<string, number | undefined, number>;
  device_type: string;
  backed_up: Generated<boolean>;
  /** Separated by commas. */
  transports: string | null;
  aaguid: string | null;
  last_used_at: Date | null;
  created_at: Generated<Date>;
}

/** A row of `auth.passkeys` as it is read. */
export type Passkey = Selectable<PasskeysTable>;
