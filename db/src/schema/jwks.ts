import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

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

export type Jwk = Selectable<JwksTable>;
export type NewJwk = Insertable<JwksTable>;
export type JwkUpdate = Updateable<JwksTable>;
