import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';

/**
 * The statements with which `work` would change something, in order and as text for psql; none of them is
 * sent. What begins with `select` or `with` is a read: it goes to `db` and sees the database as it is now,
 * before any recorded statement. A recorded statement returns no rows and takes no parameters.
 */
export async function recordStatements<DB>(
  db: Kysely<DB>,
  work: (recorder: Kysely<unknown>) => Promise<void>,
): Promise<string[]> {
  const statements: string[] = [];

  async function executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (/^\s*(select|with)\b/i.test(query.sql)) return db.executeQuery(query as CompiledQuery<R>);
    if (query.parameters.length > 0) {
      throw new Error(`A recorded statement takes no parameters: ${query.sql}`);
    }
    statements.push(dedent(query.sql));
    return { rows: [] };
  }

  const connection: DatabaseConnection = { executeQuery, streamQuery: () => refuse() };
  const recorder = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (recorded) => new PostgresIntrospector(recorded),
      createDriver: () => createDriver(connection),
    },
  });
  await work(recorder);
  return statements;
}

function createDriver(connection: DatabaseConnection): Driver {
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: async () => refuse(),
    commitTransaction: async () => refuse(),
    rollbackTransaction: async () => refuse(),
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}

/** A whole migration is one transaction already. */
function refuse(): never {
  throw new Error('A recorder has neither transactions nor streams');
}

/** Removes the indentation that a template literal gives to every line when it begins with a line break. */
function dedent(text: string): string {
  const [, margin = ''] = /^\n( +)/.exec(text) ?? [];
  return text.trim().replaceAll(`\n${margin}`, '\n');
}
