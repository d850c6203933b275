import type { Generated, Selectable, Updateable } from 'kysely';

/** A way to sign in. `password` is a hash; the tokens are an identity provider's, and secrets. */
export interface AccountsTable {
  id: string;
  account_id: string;
  provider_id: string;
  user_id: string;
  access_token: string | null;
  refresh_token: string | null;
  id_token: string | null;
  access_token_expires_at: Date | null;
  refresh_token_expires_at: Date | null;
  scope: string | null;
  password: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

/** One row for each sign-in that lasts. `token` and `refresh_token` are secrets. */
export interface SessionsTable {
  id: string;
  expires_at: Date;
  token: string;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  ip_address: string | null;
  user_agent: string | null;
  user_id: string;
  refresh_token: string | null;
  refresh_token_expires_at: Date | null;
  device_id: string | null;
  device_name: string | null;
  last_activity_at: Date | null;
  revoked_at: Date | null;
  remember_me: Generated<boolean>;
  /** When the user last proved who they are, with a password or more. */
  authenticated_at: Generated<Date>;
  /** How they did (RFC 8176); null in rows of earlier versions. */
  amr: string[] | null;
  /** The id of the session's first row; null in that row. */
  family_id: string | null;
  /** When a row with a new id and token replaced this one. */
  replaced_at: Date | null;
}

/** A user's second factor. `secret` and `backup_codes` are encrypted with the app secret. */
export interface TwoFactorAuthTable {
  user_id: string;
  secret: string;
  /** False until the first correct code. */
  enabled: Generated<boolean>;
  /** A JSON array of codes, encrypted. */
  backup_codes: string | null;
  created_at: Generated<Date>;
  enabled_at: Date | null;
  /** Time step of the last accepted code, so that none is accepted twice (RFC 6238 section 5.2). */
  last_used_step: number | null;
  /** While it waits for its first code: the session that asked for it, by `family_id`. */
  session_family_id: string | null;
}

/** A row of `auth.two_factor_auth` as it is read. */
export type TwoFactorAuth = Selectable<TwoFactorAuthTable>;
/** The columns of `auth.two_factor_auth` to change. */
export type TwoFactorAuthUpdate = Updateable<TwoFactorAuthTable>;

/**
 * A proof that is still due, such as of a mailbox. Depending on its kind, `identifier` or `value` holds a
 * secret.
 */
export interface VerificationTable {
  id: string;
  identifier: string;
  value: string;
  expires_at: Date;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  /** The session that asked for it, by `family_id`, and with which it ends; null if none did. */
  session_family_id: string | null;
}

/** A key pair that signs access tokens. `private_key` is encrypted with the server's secret. */
export interface JwksTable {
  id: string;
  public_key: string;
  private_key: string;
  created_at: Generated<Date>;
  expires_at: Date | null;
  /** Null on keys older than the column, which have the configured algorithm. */
  alg: string | null;
  crv: string | null;
}
