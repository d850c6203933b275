import { posix } from 'node:path';
import {
  domainArrows,
  isToolFile,
  type PackageName,
  packageRules,
  serverLayers,
  standaloneFolders,
} from './arrows.ts';
import { findCircles } from './find-circles.ts';
import { type Import, readSource, type Source } from './read-source.ts';

const SERVER_SOURCES = 'apps/server/src/';
const packageNames = Object.keys(packageRules) as PackageName[];

/**
 * Finds every import that goes against the arrows, every circle of imports, and every use of Node, network
 * or clock in a pure package. One sentence each, with file and line. Takes files by their path from the
 * root; pure.
 */
export function findViolations(files: ReadonlyMap<string, string>): string[] {
  const sources = new Map([...files].map(([path, text]) => [path, readSource(path, text)]));
  const imports = new Map([...sources].map(([path, source]) => [path, source.imports]));
  return [
    ...[...sources].flatMap(([path, source]) => findViolationsIn(path, source)),
    ...findCircles(imports),
  ];
}

/** Arrows between domains that no import takes, one sentence each: the table says what the code does. */
export function findUnusedArrows(files: ReadonlyMap<string, string>): string[] {
  const used = new Set<string>();
  for (const [path, text] of files) {
    if (!path.startsWith(SERVER_SOURCES) || isToolFile(path)) continue;
    for (const { specifier } of readSource(path, text).imports) {
      const target = posix.join(posix.dirname(path), specifier);
      const [from, to] = [path, target].map((file) =>
        findDomain(file.slice(SERVER_SOURCES.length)),
      );
      used.add(`${from} → ${to}`);
    }
  }
  return Object.entries(domainArrows)
    .flatMap(([from, targets]) => targets.map((to) => `${from} → ${to}`))
    .filter((arrow) => !used.has(arrow))
    .map((arrow) => `no import takes the arrow ${arrow} of scripts/boundaries/arrows.ts`);
}

function findViolationsIn(path: string, source: Source): string[] {
  const owner = findOwner(path);
  if (!owner) return [`${path} is in no package`];
  const imports = source.imports.flatMap((found) => {
    const problem = explainImport(path, owner, found);
    return problem ? [`${path}:${found.line} imports ${found.specifier}: ${problem}`] : [];
  });
  const uses = isPure(path, owner)
    ? source.impureUses.map(
        ({ what, line }) =>
          `${path}:${line} uses ${what}: ${owner} has no clock and no network, the caller passes in what it needs`,
      )
    : [];
  return [...findHomeless(path), ...imports, ...uses];
}

function explainImport(path: string, owner: PackageName, found: Import): string | undefined {
  const { specifier } = found;
  if (specifier.startsWith('.')) {
    return explainRelative(path, owner, posix.join(posix.dirname(path), specifier));
  }
  const target = packageNames.find(
    (name) => specifier === name || specifier.startsWith(`${name}/`),
  );
  if (target) return explainPackage(path, owner, { ...found, target });
  if (isPure(path, owner) && specifier.startsWith('node:')) {
    return `${owner} runs in a browser, without Node`;
  }
  return undefined;
}

function explainPackage(
  path: string,
  owner: PackageName,
  { specifier, isTypeOnly, isLazy, target }: Import & { target: PackageName },
): string | undefined {
  if (target === owner) return 'a package imports its own files by relative path';
  const { imports, importsTypes, importsLazily, testsImport } = packageRules[owner];
  if (isToolFile(path)) {
    if ([...imports, ...testsImport].includes(target)) return undefined;
  } else if (isToolFile(`${packageRules[target].folder}/src${specifier.slice(target.length)}`)) {
    return 'it serves tests only';
  } else if (importsLazily.some((beginning) => specifier.startsWith(beginning))) {
    return isLazy || isTypeOnly ? undefined : 'it is loaded only where it runs, by `await import`';
  }
  if (imports.includes(target)) return undefined;
  if (importsTypes.includes(specifier)) {
    return isTypeOnly ? undefined : 'only its types may be used, by `import type`';
  }
  const allowed = [...imports, ...importsTypes.map((module) => `types of ${module}`)];
  return `${owner} imports ${allowed.join(', ') || 'nothing of ours'}`;
}

function explainRelative(path: string, owner: PackageName, target: string): string | undefined {
  if (!target.startsWith(`${packageRules[owner].folder}/`)) {
    return 'a relative import must stay in its package';
  }
  if (isToolFile(path)) return undefined;
  if (isToolFile(target)) return 'it serves tests only';
  if (standaloneFolders.some((folder) => target.startsWith(folder) && !path.startsWith(folder))) {
    return 'nothing else in its package imports it';
  }
  if (!path.startsWith(SERVER_SOURCES)) return undefined;
  const [from, to] = [path, target].map((file) => file.slice(SERVER_SOURCES.length));
  return explainLayers(from ?? '', to ?? '') ?? explainDomains(from ?? '', to ?? '');
}

function explainLayers(from: string, to: string): string | undefined {
  const [here, there] = [findLayer(from), findLayer(to)];
  if (!here || !there || here.entry === there.entry || here.row < there.row) return undefined;
  return `${there.entry} is ${here.row === there.row ? 'beside' : 'above'} ${here.entry}`;
}

function explainDomains(from: string, to: string): string | undefined {
  const [fromDomain, toDomain] = [findDomain(from), findDomain(to)];
  if (!toDomain || fromDomain === toDomain) return undefined;
  if (to.endsWith('.repository.ts')) return "a domain's repository is its own";
  if (!fromDomain) return undefined;
  if (!to.endsWith('.service.ts'))
    return "one domain calls another's service and nothing else of it";
  const arrows = domainArrows[fromDomain] ?? [];
  return arrows.includes(toDomain)
    ? undefined
    : `the domain ${fromDomain} calls ${arrows.join(', ') || 'no other'}`;
}

/** A server file without a layer, or a domain without a row, would be bound by no rule. */
function findHomeless(path: string): string[] {
  if (!path.startsWith(SERVER_SOURCES) || isToolFile(path)) return [];
  const file = path.slice(SERVER_SOURCES.length);
  if (!findLayer(file)) return [`${path} is in no layer of scripts/boundaries/arrows.ts`];
  const domain = findDomain(file);
  return domain === undefined || domain in domainArrows
    ? []
    : [`${path} is in a domain that has no row in scripts/boundaries/arrows.ts`];
}

function findLayer(file: string): { row: number; entry: string } | undefined {
  for (const [row, entries] of serverLayers.entries()) {
    const entry = entries.find((name) =>
      name.endsWith('/') ? file.startsWith(name) : file === name,
    );
    if (entry) return { row, entry };
  }
  return undefined;
}

function findDomain(file: string): string | undefined {
  return /^domains\/([^/]+)\//.exec(file)?.[1];
}

function findOwner(path: string): PackageName | undefined {
  return packageNames.find((name) => path.startsWith(`${packageRules[name].folder}/`));
}

function isPure(path: string, owner: PackageName): boolean {
  const { folder, isPure: pure } = packageRules[owner];
  return pure && path.startsWith(`${folder}/src/`) && !isToolFile(path);
}
