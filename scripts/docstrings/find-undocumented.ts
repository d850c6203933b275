import { type Declaration, parseSync } from 'oxc-parser';

/**
 * Finds the exported names of a TypeScript file that have no docstring right above them, each with its
 * line. A const that repeats its type's docstring needs one too; re-exports and `export default` don't.
 */
export function findUndocumented(path: string, text: string): string[] {
  const { program, comments, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path} can't be read: ${errors[0].message}`);
  const docstringEnds = comments
    .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
    .map(({ end }) => end);
  return program.body.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration' || !node.declaration) return [];
    const isDocumented = docstringEnds.some(
      (end) => end <= node.start && isOnlyComments(text.slice(end, node.start)),
    );
    if (isDocumented) return [];
    const line = text.slice(0, node.start).split('\n').length;
    return [`${path}:${line} exports ${findName(node.declaration)} without a docstring`];
  });
}

/** Between a docstring and its name there may be a line for the linter, and nothing else. */
function isOnlyComments(between: string): boolean {
  return between.replace(/\/\/[^\n]*/g, '').trim() === '';
}

function findName(declaration: Declaration): string {
  if (declaration.type === 'VariableDeclaration') {
    const [first] = declaration.declarations;
    return first?.id.type === 'Identifier' ? first.id.name : declaration.type;
  }
  return 'id' in declaration && declaration.id?.type === 'Identifier'
    ? declaration.id.name
    : declaration.type;
}
