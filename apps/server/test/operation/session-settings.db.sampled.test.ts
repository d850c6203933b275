import { inProofs } from '@mana/db/testing/in-proofs';
import { isPgBouncerInstalled, startPgBouncer } from '@mana/db/testing/pgbouncer';
import { createEmptyTestDatabase } from '@mana/db/testing/test-database';
import { it, onTestFinished } from 'vitest';
import { expectServes, SESSION_SETTINGS } from '../harness/session-settings.ts';

it('a database whose settings all differ from ours is migrated, served, and shows no drift', async () => {
  // The last of each name is in force.
  await expectServes(SESSION_SETTINGS);
});

it.each(inProofs(SESSION_SETTINGS, { otherwise: [] }))(
  'a database with %s is migrated, served, and shows no drift',
  (setting) => expectServes([setting]),
);

it.skipIf(!isPgBouncerInstalled)(
  'behind a transaction pooler, dates, literals and definitions are read as they are meant',
  async () => {
    const settings = [
      "DateStyle = 'German, DMY'",
      "TimeZone = 'Asia/Kathmandu'",
      'standard_conforming_strings = off',
      'quote_all_identifiers = on',
      'search_path = public, pg_catalog',
    ];
    await expectServes(settings, createEmptyTestDatabase, async (url) => {
      const pgBouncer = await startPgBouncer(url, { poolSize: 2 });
      onTestFinished(() => pgBouncer.stop());
      return pgBouncer.url;
    });
  },
);
