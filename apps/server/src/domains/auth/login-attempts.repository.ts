import type { Database } from '@mana/db/database';
import type { Kysely } from 'kysely';

export interface LoginAttempt {
  readonly email: string;
  readonly address: string | null;
  readonly successful: boolean;
  readonly at: Date;
}

export async function insertPasswordAttempt(
  db: Kysely<Database>,
  attempt: LoginAttempt,
): Promise<void> {
  await db
    .insertInto('auth.login_attempts')
    .values({
      email: attempt.email,
      ip_address: attempt.address,
      successful: attempt.successful,
      attempted_at: attempt.at,
      method: 'password',
    })
    .execute();
}
