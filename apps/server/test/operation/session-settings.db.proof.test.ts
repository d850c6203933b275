import { it } from 'vitest';
import { expectServes, SESSION_SETTINGS } from '../harness/session-settings.ts';

it.each(SESSION_SETTINGS)('a database with %s is migrated, served, and shows no drift', (setting) =>
  expectServes([setting]),
);
