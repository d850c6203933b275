import {
  AliasNode,
  ColumnNode,
  type DeleteQueryNode,
  IdentifierNode,
  type InsertQueryNode,
  ListNode,
  type MergeQueryNode,
  type OperationNode,
  OperationNodeTransformer,
  type QueryId,
  ReferenceNode,
  type ReturningNode,
  SelectAllNode,
  SelectionNode,
  type SelectQueryNode,
  TableNode,
  type UpdateQueryNode,
  type WithNode,
} from 'kysely';
import { findOutputColumns } from './output-columns.ts';

type QueryNode =
  | SelectQueryNode
  | InsertQueryNode
  | UpdateQueryNode
  | DeleteQueryNode
  | MergeQueryNode;

/** Something that a query reads from: the name that its columns go by, and those columns if known. */
interface Source {
  readonly table: TableNode;
  readonly columns: readonly string[] | undefined;
}

/**
 * Rewrites `select *` and `returning *` from the inside out: what a subquery or a common table
 * expression answers is known by the time the query around it asks for all of it.
 */
export class NamedColumnsTransformer extends OperationNodeTransformer {
  readonly #tables: ReadonlyMap<string, readonly string[]>;
  /** The common table expressions in sight of the query at hand. */
  #expressions: ReadonlyMap<string, readonly string[] | undefined> = new Map();

  constructor(tables: ReadonlyMap<string, readonly string[]>) {
    super();
    this.#tables = tables;
  }

  protected override transformSelectQuery(node: SelectQueryNode, queryId?: QueryId) {
    return this.#inScope(node, queryId, (scoped) => {
      const query = super.transformSelectQuery(scoped, queryId);
      if (!query.selections) return query;
      return { ...query, selections: this.#nameColumns(query.selections, query) };
    });
  }

  protected override transformInsertQuery(node: InsertQueryNode, queryId?: QueryId) {
    return this.#inScope(node, queryId, (scoped) =>
      this.#nameReturned(super.transformInsertQuery(scoped, queryId)),
    );
  }

  protected override transformUpdateQuery(node: UpdateQueryNode, queryId?: QueryId) {
    return this.#inScope(node, queryId, (scoped) =>
      this.#nameReturned(super.transformUpdateQuery(scoped, queryId)),
    );
  }

  protected override transformDeleteQuery(node: DeleteQueryNode, queryId?: QueryId) {
    return this.#inScope(node, queryId, (scoped) =>
      this.#nameReturned(super.transformDeleteQuery(scoped, queryId)),
    );
  }

  protected override transformMergeQuery(node: MergeQueryNode, queryId?: QueryId) {
    return this.#inScope(node, queryId, (scoped) =>
      this.#nameReturned(super.transformMergeQuery(scoped, queryId)),
    );
  }

  #inScope<Q extends QueryNode>(
    node: Q,
    queryId: QueryId | undefined,
    transform: (scoped: Q) => Q,
  ): Q {
    if (!node.with) return transform(node);
    const outside = this.#expressions;
    try {
      return transform({ ...node, with: this.#nameExpressions(node.with, queryId) });
    } finally {
      this.#expressions = outside;
    }
  }

  /** Each expression sees those before it. */
  #nameExpressions(node: WithNode, queryId: QueryId | undefined): WithNode {
    const expressions = node.expressions.map((expression) => {
      const named = this.transformNode(expression, queryId);
      const columns =
        named.name.columns?.map((column) => column.column.name) ??
        findOutputColumns(named.expression);
      const name = named.name.table.table.identifier.name;
      this.#expressions = new Map(this.#expressions).set(name, columns);
      return named;
    });
    return { ...node, expressions };
  }

  #nameReturned<Q extends QueryNode & { readonly returning?: ReturningNode }>(query: Q): Q {
    if (!query.returning) return query;
    const selections = this.#nameColumns(query.returning.selections, query);
    return { ...query, returning: { ...query.returning, selections } };
  }

  #nameColumns(selections: readonly SelectionNode[], query: QueryNode): readonly SelectionNode[] {
    if (!selections.some(isSelectAll)) return selections;
    const sources = listSourceNodes(query).map((node) => this.#describeSource(node));
    return selections.flatMap((node) => {
      const { selection } = node;
      if (SelectAllNode.is(selection)) return sources.flatMap(listColumns);
      if (!ReferenceNode.is(selection) || !SelectAllNode.is(selection.column)) return [node];
      const { table } = selection;
      const source = sources.find((candidate) => table && isCalled(candidate, table));
      return listColumns(
        source ?? { table: table ?? TableNode.create('an unnamed source'), columns: undefined },
      );
    });
  }

  #describeSource(node: OperationNode): Source {
    if (TableNode.is(node)) return { table: node, columns: this.#findColumns(node) };
    if (AliasNode.is(node) && IdentifierNode.is(node.alias)) {
      const columns = TableNode.is(node.node)
        ? this.#findColumns(node.node)
        : findOutputColumns(node.node);
      return { table: TableNode.create(node.alias.name), columns };
    }
    return { table: TableNode.create('an unnamed source'), columns: undefined };
  }

  #findColumns({ table }: TableNode): readonly string[] | undefined {
    const name = table.identifier.name;
    return table.schema
      ? this.#tables.get(`${table.schema.name}.${name}`)
      : this.#expressions.get(name);
  }
}

function isSelectAll({ selection }: SelectionNode): boolean {
  return (
    SelectAllNode.is(selection) ||
    (ReferenceNode.is(selection) && SelectAllNode.is(selection.column))
  );
}

/** What a query reads from or writes to, in the order in which `*` would list it. */
function listSourceNodes(query: QueryNode): OperationNode[] {
  const nodes: OperationNode[] = [];
  if ('into' in query && query.into) nodes.push(query.into);
  if ('table' in query && query.table) nodes.push(query.table);
  if ('from' in query && query.from) nodes.push(...query.from.froms);
  if ('using' in query && query.using) {
    nodes.push(...('tables' in query.using ? query.using.tables : [query.using.table]));
  }
  if ('joins' in query && query.joins) nodes.push(...query.joins.map((join) => join.table));
  return nodes.flatMap((node) => (ListNode.is(node) ? node.items : [node]));
}

function isCalled({ table: { table } }: Source, name: TableNode): boolean {
  if (table.identifier.name !== name.table.identifier.name) return false;
  return !name.table.schema || name.table.schema.name === table.schema?.name;
}

/** Qualified, because a bare name that is missing here could be found in a query further out. */
function listColumns({ table, columns }: Source): SelectionNode[] {
  if (!columns) {
    const { schema, identifier } = table.table;
    const name = schema ? `${schema.name}.${identifier.name}` : identifier.name;
    throw new Error(`The columns of ${name} aren't known here: name those that the query wants`);
  }
  return columns.map((column) =>
    SelectionNode.create(ReferenceNode.create(ColumnNode.create(column), table)),
  );
}
