import {
  AliasNode,
  ColumnNode,
  type FromNode,
  IdentifierNode,
  type JoinNode,
  type KyselyPlugin,
  MergeQueryNode,
  type OperationNode,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryId,
  type QueryResult,
  ReferenceNode,
  type ReturningNode,
  type RootOperationNode,
  SelectAllNode,
  SelectionNode,
  SelectQueryNode,
  TableNode,
  type UnknownRow,
  type UsingNode,
} from 'kysely';
import { expectedColumns } from '../catalog/expected-catalog.ts';

/** Where the kinds of queries keep what they read from and write to. */
interface Sources {
  readonly into: TableNode;
  readonly table: OperationNode;
  readonly from: FromNode;
  readonly using: UsingNode;
  readonly joins: readonly JoinNode[];
}

/**
 * Names the columns of every `selectAll` and `returningAll` before a query leaves, so that Postgres
 * reports a missing column with 42703 instead of returning a row in which it is undefined, and a column that
 * this code doesn't know is never read. Knows the tables of the catalog and subqueries on them, and
 * throws for a star on anything else, such as a common table expression.
 *
 * Text in a raw `sql` template goes out as it was written.
 */
export class NamedColumnsPlugin extends OperationNodeTransformer implements KyselyPlugin {
  readonly #tables: ReadonlyMap<string, readonly string[]>;

  /** `tables` maps qualified names to columns; by default, those of the expected catalog. */
  constructor(tables: ReadonlyMap<string, readonly string[]> = expectedColumns) {
    super();
    this.#tables = tables;
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    // A query that threw leaves nodes behind.
    this.nodeStack.length = 0;
    return this.transformNode(node, queryId);
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result;
  }

  /** From the inside out: a subquery names its columns before the query around it asks for all of them. */
  protected override transformSelectQuery(node: SelectQueryNode, queryId?: QueryId) {
    const query = super.transformSelectQuery(node, queryId);
    if (!query.selections) return query;
    return { ...query, selections: this.#nameColumns(query.selections, query) };
  }

  protected override transformReturning(node: ReturningNode, queryId?: QueryId) {
    const query = this.nodeStack.at(-2) ?? node;
    const selections = this.#nameColumns(node.selections, query);
    return super.transformReturning({ ...node, selections }, queryId);
  }

  #nameColumns(selections: readonly SelectionNode[], query: OperationNode): SelectionNode[] {
    return selections.flatMap((node) => {
      const { selection } = node;
      const isReference = ReferenceNode.is(selection);
      if (!SelectAllNode.is(isReference ? selection.column : selection)) return [node];
      const sources = listSources(query);
      const table = isReference ? selection.table : undefined;
      if (!table) return sources.flatMap((source) => this.#listColumns(source));
      return this.#listColumns(sources.find((source) => isCalled(source, table)) ?? table);
    });
  }

  /** Qualified, because a bare name that is missing here could be found in a query further out. */
  #listColumns(source: OperationNode): SelectionNode[] {
    const table = findTable(source);
    const columns = this.#findColumns(source);
    if (!table || !columns) {
      throw new Error(
        `The columns of ${table ? nameOf(table) : 'an unnamed source'} aren't known here: name those that the query needs`,
      );
    }
    return columns.map((column) =>
      SelectionNode.create(ReferenceNode.create(ColumnNode.create(column), table)),
    );
  }

  #findColumns(source: OperationNode): readonly string[] | undefined {
    if (AliasNode.is(source)) return this.#findColumns(source.node);
    if (TableNode.is(source)) return this.#tables.get(nameOf(source));
    if (!SelectQueryNode.is(source)) return undefined;
    const names = source.selections?.map(findName);
    return names?.every((name) => name !== undefined) ? names : undefined;
  }
}

/** What a query reads from or writes to, in the order in which `*` lists it. */
function listSources(query: OperationNode & Partial<Sources>): readonly OperationNode[] {
  if (MergeQueryNode.is(query)) return [query];
  const { into, table, from, using, joins } = query;
  const joined = joins?.map((join) => join.table);
  const sources = [into, table, from?.froms, using?.tables, joined].flat();
  return sources.filter((source) => source !== undefined);
}

/** What columns of a source are qualified with; undefined for one without a name. */
function findTable(source: OperationNode): TableNode | undefined {
  if (TableNode.is(source)) return source;
  const isNamed = AliasNode.is(source) && IdentifierNode.is(source.alias);
  return isNamed ? TableNode.create(source.alias.name) : undefined;
}

function isCalled(source: OperationNode, name: TableNode): boolean {
  const table = findTable(source)?.table;
  if (table?.identifier.name !== name.table.identifier.name) return false;
  return !name.table.schema || name.table.schema.name === table.schema?.name;
}

function nameOf({ table: { schema, identifier } }: TableNode): string {
  return schema ? `${schema.name}.${identifier.name}` : identifier.name;
}

/** The column in which a query returns what it selects; undefined if its name isn't certain. */
function findName({ selection }: SelectionNode): string | undefined {
  if (AliasNode.is(selection))
    return IdentifierNode.is(selection.alias) ? selection.alias.name : undefined;
  const column = ReferenceNode.is(selection) ? selection.column : selection;
  return ColumnNode.is(column) ? column.column.name : undefined;
}
