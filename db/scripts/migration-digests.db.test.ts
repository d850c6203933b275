import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../migrations/index.ts';
import type { MigrationPlan } from '../src/migrate/plan.ts';
import { createEmptyTestDatabase } from '../testing/test-database.ts';
import {
  addNewMigrations,
  DATABASE_KINDS,
  DIGESTS_FILE,
  digestMigrations,
  findChangedMigrations,
  type MigrationDigests,
  planMigrationsFor,
} from './migration-digests.ts';

const plans = new Map<string, MigrationPlan>();
let recorded: MigrationDigests;

beforeAll(async () => {
  recorded = JSON.parse(await readFile(DIGESTS_FILE, 'utf8'));
  for (const kind of DATABASE_KINDS) {
    const database = await createEmptyTestDatabase();
    plans.set(kind, await planMigrationsFor(kind, database));
    await database.drop();
  }
});

/** The plans as they are after somebody changed one character of a statement. */
function changeStatement(kind: string, migration: string): Map<string, MigrationPlan> {
  const plan = plans.get(kind);
  if (!plan) throw new Error(`No plan for ${kind}`);
  const steps = plan.steps.map((step) => {
    if (step.title !== migration) return step;
    const [first = '', ...others] = step.statements;
    return { ...step, statements: [first.replace('e', 'E'), ...others] };
  });
  return new Map(plans).set(kind, { ...plan, steps });
}

describe('a released migration', () => {
  it('runs what it ran when it was released, each of them', () => {
    expect(Object.keys(recorded)).toEqual(Object.keys(migrations));
    expect(findChangedMigrations(recorded, digestMigrations(plans))).toEqual([]);
  });

  it.each([
    ['0001_schema_and_enums', 'empty'],
    ['0019_faults_count_for_nobody', 'empty'],
    ['0013_existing_database', 'drizzle'],
  ])('is named where one character of it changed: %s, on the kind %s', (migration, kind) => {
    const changed = digestMigrations(changeStatement(kind, migration));
    expect(findChangedMigrations(recorded, changed)).toEqual([
      `${migration} runs other statements than those that were released: restore it and write a new migration`,
    ]);
    expect(addNewMigrations(recorded, changed)).toEqual(recorded);
  });

  it('is named where it is gone', () => {
    const { '0002_users': _, ...others } = recorded;
    expect(findChangedMigrations(recorded, others)).toEqual([
      '0002_users was released and is gone: restore it',
    ]);
  });

  it('imports nothing but Kysely and what belongs to it', async () => {
    const folder = fileURLToPath(new URL('../migrations/', import.meta.url));
    for await (const path of glob('{[0-9]*.ts,[0-9]*/**/*.ts}', { cwd: folder })) {
      const name = path.slice(0, path.search(/\.ts$|\//));
      const isOwn = path.includes('/')
        ? /^(kysely|\.\/[\w-]+\.(ts|json))$/
        : new RegExp(`^(kysely|\\./migration-blocked-error\\.ts|\\./${name}/[\\w-]+\\.ts)$`);
      const text = await readFile(`${folder}${path}`, 'utf8');
      const imports = [...text.matchAll(/^(?:import .*|\} )from '([^']+)'/gm)].map(
        ([, module = '']) => module,
      );
      expect(
        imports.filter((module) => !isOwn.test(module)),
        path,
      ).toEqual([]);
    }
  });
});

it('a new migration is added to the record behind the released ones', () => {
  const fresh = { '9999_new': { empty: 'digest' } };
  const added = addNewMigrations(recorded, { ...fresh, ...digestMigrations(plans) });
  expect(added).toEqual({ ...recorded, ...fresh });
  expect(Object.keys(added).at(-1)).toBe('9999_new');
});
