import { parseSync, Visitor } from 'oxc-parser';

/** One import, re-export or `import('…')` of a file. */
export interface Import {
  readonly specifier: string;
  /** Erased at run time: `import type`, `export type … from`, `import('…').T`. */
  readonly isTypeOnly: boolean;
  /** Loaded when that line runs, by `await import(…)`. */
  readonly isLazy: boolean;
  readonly line: number;
}

/** A use of something that a pure package must be passed instead: the time, or the network. */
export interface ImpureUse {
  readonly what: string;
  readonly line: number;
}

/** What the check looks at in a file. */
export interface Source {
  readonly imports: readonly Import[];
  readonly impureUses: readonly ImpureUse[];
}

const CLOCKS = new Set(['Date.now', 'performance.now']);
const NETWORK = new Set(['fetch', 'WebSocket', 'XMLHttpRequest', 'EventSource']);

/** Reads what a .ts or .svelte file imports, and where it reaches for the clock or the network. */
export function readSource(path: string, text: string): Source {
  const code = path.endsWith('.svelte') ? keepScripts(text) : text;
  const { program, errors } = parseSync(`${path}.ts`, code);
  if (errors[0]) throw new Error(`${path} can't be read: ${errors[0].message}`);

  const imports: Import[] = [];
  const impureUses: ImpureUse[] = [];
  const lineAt = (offset: number) => code.slice(0, offset).split('\n').length;
  const addImport = (
    node: Positioned,
    source: SourceNode | null,
    { isTypeOnly = false, isLazy = false },
  ) => {
    if (source?.type !== 'Literal') return;
    const specifier = String(source.value);
    imports.push({ specifier, isTypeOnly, isLazy, line: lineAt(node.start) });
  };
  const addUse = (node: Positioned, what: string | undefined) => {
    if (what) impureUses.push({ what, line: lineAt(node.start) });
  };

  new Visitor({
    ImportDeclaration: (node) =>
      addImport(node, node.source, { isTypeOnly: node.importKind === 'type' }),
    ExportNamedDeclaration: (node) =>
      addImport(node, node.source, { isTypeOnly: node.exportKind === 'type' }),
    ExportAllDeclaration: (node) =>
      addImport(node, node.source, { isTypeOnly: node.exportKind === 'type' }),
    ImportExpression: (node) => addImport(node, node.source, { isLazy: true }),
    TSImportType: (node) => addImport(node, node.source, { isTypeOnly: true }),
    CallExpression: (node) => addUse(node, impureName(node.callee)),
    NewExpression: (node) => {
      const isClock = nameOf(node.callee) === 'Date' && node.arguments.length === 0;
      addUse(node, isClock ? 'new Date()' : impureName(node.callee));
    },
  }).visit(program);
  return { imports, impureUses };
}

interface Positioned {
  readonly start: number;
}

interface SourceNode {
  readonly type: string;
  readonly value?: unknown;
}

interface Callee {
  readonly type: string;
  readonly name?: unknown;
  readonly object?: unknown;
  readonly property?: unknown;
}

function impureName(callee: Callee): string | undefined {
  const name = nameOf(callee)?.replace(/^(globalThis|window|self)\./, '');
  return name && (CLOCKS.has(name) || NETWORK.has(name)) ? `${name}()` : undefined;
}

/** The dotted name of an identifier or of a chain of members, else undefined. */
function nameOf(node: Callee): string | undefined {
  if (node.type === 'Identifier') return String(node.name);
  if (node.type !== 'MemberExpression') return undefined;
  const [object, property] = [nameOf(node.object as Callee), nameOf(node.property as Callee)];
  return object && property ? `${object}.${property}` : undefined;
}

/** The script blocks of a Svelte component, each line where it was. */
function keepScripts(text: string): string {
  const scripts = text.matchAll(/(<script\b[^>]*>)([\s\S]*?)<\/script>/g);
  return [...scripts]
    .map((match) => {
      const before = text.slice(0, match.index + (match[1]?.length ?? 0));
      return { line: before.split('\n').length, code: match[2] ?? '' };
    })
    .reduce((code, script) => {
      const missing = script.line - code.split('\n').length;
      return `${code}${'\n'.repeat(Math.max(0, missing))}${script.code}`;
    }, '');
}
