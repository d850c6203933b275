import { randomBytes, randomUUID } from 'node:crypto';
import { asUser } from '@mana/db/client/user-context';
import type { VaultNote } from '@mana/db/schema/vault';
import type { TestServer } from './test-server.ts';

/** A value such as a browser would have encrypted; nobody has the key. */
export function makeEncrypted({ generation = 1, bytes = 40 } = {}): string {
  const [iv, sealed] = [randomBytes(12), randomBytes(bytes)].map((part) => part.toString('base64'));
  return `enc:2:${generation}.${iv}.${sealed}`;
}

/** A note as a client sends it. */
export function makeNote(id: string = randomUUID(), generation = 1) {
  return { id, title: makeEncrypted({ generation }), body: makeEncrypted({ generation }) };
}

/** A note put straight into the database, around whatever fault is under test. Answers its id. */
export async function insertNote(
  { owner }: Pick<TestServer, 'owner'>,
  userId: string,
): Promise<string> {
  const note = makeNote();
  await asUser(owner, userId, (trx) =>
    trx
      .insertInto('auth.vault_notes')
      .values({ user_id: userId, ...note })
      .execute(),
  );
  return note.id;
}

/** A user's notes as they stand, which nobody sees without their context. */
export async function notesOf(
  { owner }: Pick<TestServer, 'owner'>,
  userId: string,
): Promise<VaultNote[]> {
  return asUser(owner, userId, (trx) => trx.selectFrom('auth.vault_notes').selectAll().execute());
}
