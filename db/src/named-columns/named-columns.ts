import type {
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryResult,
  RootOperationNode,
  UnknownRow,
} from 'kysely';
import { expectedColumns } from '../catalog/expected-catalog.ts';
import { NamedColumnsTransformer } from './transformer.ts';

/**
 * Names the columns of every `selectAll` and `returningAll` before a query leaves, so that Postgres
 * answers a missing column with 42703 instead of a row in which it is undefined, and a column that
 * this code doesn't know is never read. A table or subquery whose columns aren't known throws.
 *
 * Text in a raw `sql` template is the writer's own and goes out as it stands.
 */
export class NamedColumnsPlugin implements KyselyPlugin {
  readonly #columns: ReadonlyMap<string, readonly string[]>;
  #transformer: NamedColumnsTransformer;

  /** `columns` by qualified table name; those of the expected catalog when left out. */
  constructor(columns: ReadonlyMap<string, readonly string[]> = expectedColumns) {
    this.#columns = columns;
    this.#transformer = new NamedColumnsTransformer(columns);
  }

  transformQuery(args: PluginTransformQueryArgs): RootOperationNode {
    try {
      return this.#transformer.transformNode(args.node, args.queryId);
    } catch (error) {
      // Kysely's transformer holds on to the nodes that it was inside of when it threw.
      this.#transformer = new NamedColumnsTransformer(this.#columns);
      throw error;
    }
  }

  async transformResult(args: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return args.result;
  }
}
