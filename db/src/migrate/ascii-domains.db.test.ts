import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { connectForTest } from '../../testing/connect.ts';
import { createExistingDatabase } from '../../testing/existing-database.ts';
import { createEmptyTestDatabase } from '../../testing/test-database.ts';
import { migrateToLatest } from './migrate.ts';

/** An existing database, with these addresses for three of its users. */
async function prepare(addresses: Record<'user-ada' | 'user-cyd' | 'user-eve', string>) {
  const database = await createEmptyTestDatabase();
  onTestFinished(() => database.drop());
  await createExistingDatabase(database.ownerUrl, 'plain');
  const db = connectForTest(database.ownerUrl);
  for (const [id, email] of Object.entries(addresses)) {
    await sql`update auth.users set email = ${email} where id = ${id}`.execute(db);
  }
  return { db, migrating: migrateToLatest({ db, appRole: database.appRole }) };
}

it('an international domain gets the form in which sign-in looks for it, and nothing else changes', async () => {
  const { db, migrating } = await prepare({
    'user-ada': ' Ada@BÜCHER.example ',
    'user-cyd': 'jörg@example.org',
    'user-eve': 'eve@bücher.example/path',
  });
  await migrating;
  const { rows } = await sql<{ email: string }>`select email from auth.users order by id`.execute(
    db,
  );
  expect(rows.map(({ email }) => email)).toEqual([
    'ada@xn--bcher-kva.example',
    'bob@example.org',
    'jörg@example.org',
    'eve@bücher.example/path',
  ]);
});

it('two users with one address in two forms rule the migration out, and are named', async () => {
  const { migrating } = await prepare({
    'user-ada': 'Ada@bücher.example',
    'user-cyd': 'cyd@example.org',
    'user-eve': 'ada@xn--bcher-kva.example',
  });
  await expect(migrating).rejects.toMatchObject({
    problems: [
      'auth.users: user-eve, user-ada have one address, ada@xn--bcher-kva.example, but for the form of its domain: give all but one another address, or delete them',
    ],
  });
});
