/** What is in the database rules the migration out. Nothing was changed; each line says what to do. */
export class MigrationBlockedError extends Error {
  override readonly name = 'MigrationBlockedError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The database can't be migrated, and nothing was changed:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
    );
    this.problems = problems;
  }
}
