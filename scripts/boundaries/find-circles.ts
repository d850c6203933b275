import { posix } from 'node:path';
import { foldersWithCircles, isToolFile } from './arrows.ts';
import type { Import } from './read-source.ts';

/** What the children of a folder import of each other: child → child → the first import that does. */
type Siblings = Map<string, Map<string, string>>;

/**
 * Finds circles among the children of each folder in a `src`: folders as wholes, and files. One sentence
 * for each, with an import for every step of it. Imports of types count too.
 */
export function findCircles(importsByFile: ReadonlyMap<string, readonly Import[]>): string[] {
  return [...readSiblings(importsByFile)]
    .filter(([folder]) => !foldersWithCircles.includes(folder))
    .flatMap(([folder, siblings]) =>
      findCirclesAmong(siblings).map((circle) => {
        const steps = circle
          .slice(1)
          .map((to, index) => siblings.get(circle[index] ?? '')?.get(to));
        return `${folder} has a circle, ${circle.join(' → ')}: ${steps.join(', ')}`;
      }),
    );
}

function readSiblings(importsByFile: ReadonlyMap<string, readonly Import[]>) {
  const folders = new Map<string, Siblings>();
  for (const [file, imports] of importsByFile) {
    if (isToolFile(file)) continue;
    for (const { specifier, line } of imports) {
      if (!specifier.startsWith('.')) continue;
      const target = posix.join(posix.dirname(file), specifier);
      if (isToolFile(target)) continue;
      const [from, to] = [file.split('/'), target.split('/')];
      const depth = from.findIndex((part, index) => part !== to[index]);
      if (depth === -1 || !from.slice(0, depth).includes('src')) continue;
      const folder = from.slice(0, depth).join('/');
      const siblings = folders.get(folder) ?? new Map();
      folders.set(folder, siblings);
      const [child, sibling] = [from[depth] ?? '', to[depth] ?? ''];
      const targets = siblings.get(child) ?? new Map();
      siblings.set(child, targets);
      if (!targets.has(sibling)) targets.set(sibling, `${file}:${line}`);
    }
  }
  return folders;
}

/** Walks depth first; whatever leads back to where the walk came through closes a circle. */
function findCirclesAmong(siblings: Siblings): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const walk = (child: string, path: readonly string[]) => {
    const start = path.indexOf(child);
    if (start !== -1) circles.push([...path.slice(start), child]);
    if (start !== -1 || done.has(child)) return;
    for (const next of siblings.get(child)?.keys() ?? []) walk(next, [...path, child]);
    done.add(child);
  };
  for (const child of siblings.keys()) walk(child, []);
  return circles;
}
