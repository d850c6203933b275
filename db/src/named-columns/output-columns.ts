import {
  AliasNode,
  ColumnNode,
  DeleteQueryNode,
  IdentifierNode,
  InsertQueryNode,
  MergeQueryNode,
  type OperationNode,
  ReferenceNode,
  type SelectionNode,
  SelectQueryNode,
  UpdateQueryNode,
} from 'kysely';

/** The names of the columns that a query answers, or undefined if one of them has no certain name. */
export function findOutputColumns(query: OperationNode): readonly string[] | undefined {
  const names = listSelections(query)?.map(findOutputName);
  return names?.every((name) => name !== undefined) ? names : undefined;
}

function listSelections(query: OperationNode): readonly SelectionNode[] | undefined {
  if (SelectQueryNode.is(query)) return query.selections;
  const writes =
    InsertQueryNode.is(query) ||
    UpdateQueryNode.is(query) ||
    DeleteQueryNode.is(query) ||
    MergeQueryNode.is(query);
  return writes ? query.returning?.selections : undefined;
}

function findOutputName({ selection }: SelectionNode): string | undefined {
  if (ReferenceNode.is(selection)) {
    return ColumnNode.is(selection.column) ? selection.column.column.name : undefined;
  }
  if (AliasNode.is(selection)) {
    return IdentifierNode.is(selection.alias) ? selection.alias.name : undefined;
  }
  return ColumnNode.is(selection) ? selection.column.name : undefined;
}
