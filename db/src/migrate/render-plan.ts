import { MIGRATION_LOCK, type MigrationPlan } from './plan.ts';

/**
 * The plan as a script for psql: one transaction that does what `migrateToLatest` would do, under the
 * same lock. `remarks` go to its top as comments. Pure.
 */
export function renderPlan(plan: MigrationPlan, remarks: readonly string[] = []): string {
  const comments = remarks.map((remark) => `-- ${remark.replaceAll('\n', '\n-- ')}\n`).join('');
  if (plan.steps.length === 0) return `${comments}-- Nothing to do: the database is up to date.\n`;
  const steps = plan.steps.map(
    ({ title, statements }) =>
      `\n-- ${title}\n${statements.map((statement) => `${statement};\n`).join('')}`,
  );
  const lock = `select pg_advisory_xact_lock(${MIGRATION_LOCK});\n`;
  return `${comments}begin;\n${lock}${steps.join('')}\ncommit;\n`;
}
