/** Which way imports may go. The tables here are the rule; everything else in this folder reads them. */

/** Our packages, by the names that they import each other by. */
export type PackageName =
  | '@mana/account'
  | '@mana/shared-auth'
  | '@mana/auth-core'
  | '@mana/server'
  | '@mana/db';

interface PackageRule {
  readonly folder: string;
  /** Packages of ours that its sources import. */
  readonly imports: readonly PackageName[];
  /** Modules of ours that its sources import only by `import type`. */
  readonly importsTypes: readonly string[];
  /** What its sources load by `await import`, where it is needed, and in no other way. By how they begin. */
  readonly importsLazily: readonly string[];
  /** Packages of ours that its tests import as well, to run against the real thing. */
  readonly testsImport: readonly PackageName[];
  /** Sources run in a browser: no Node module, no network, no clock of their own. */
  readonly isPure: boolean;
}

/** The arrows between packages, as docs/architecture.md draws them. */
export const packageRules: Readonly<Record<PackageName, PackageRule>> = {
  '@mana/account': {
    folder: 'apps/account',
    imports: ['@mana/shared-auth'],
    importsTypes: [],
    importsLazily: [],
    testsImport: ['@mana/server', '@mana/db'],
    isPure: false,
  },
  '@mana/shared-auth': {
    folder: 'packages/shared-auth',
    imports: ['@mana/auth-core'],
    importsTypes: ['@mana/server/router'],
    importsLazily: [],
    testsImport: ['@mana/server', '@mana/db'],
    isPure: false,
  },
  '@mana/auth-core': {
    folder: 'packages/auth-core',
    imports: [],
    importsTypes: [],
    importsLazily: [],
    testsImport: [],
    isPure: true,
  },
  '@mana/server': {
    folder: 'apps/server',
    imports: ['@mana/auth-core', '@mana/db'],
    importsTypes: [],
    // Production has a database of its own, and loads no embedded one.
    importsLazily: ['@mana/db/embedded/'],
    testsImport: [],
    isPure: false,
  },
  '@mana/db': {
    folder: 'db',
    imports: [],
    importsTypes: [],
    importsLazily: [],
    testsImport: [],
    isPure: false,
  },
};

/**
 * apps/server/src, from the entry points down. A file imports from its own entry and from the rows
 * below, never from above, and never from another entry of its own row.
 */
export const serverLayers: readonly (readonly string[])[] = [
  ['main.ts', 'cli/'],
  ['server.ts'],
  ['start/', 'app.ts'],
  ['http/'],
  ['router.ts'],
  ['domains/'],
  ['trpc/'],
  ['sessions/'],
  ['deps.ts'],
  ['readiness/', 'pruning/', 'better-auth/'],
  ['access-tokens/', 'key-providers/', 'security-events/', 'mail/', 'passwords/'],
  ['secrets/', 'rate-limits/', 'timing-equalisation/', 'logging/', 'pagination.ts'],
  ['config/'],
];

/** Folders that nothing else in their package imports, so that production can do without them. */
export const standaloneFolders: readonly string[] = ['db/src/embedded/'];

/** Which domain may call which others, by their services. Every domain has a row, and every arrow is used. */
export const domainArrows: Readonly<Record<string, readonly string[]>> = {
  auth: ['vault'],
  passkeys: ['auth', 'vault'],
  notes: ['vault'],
  vault: [],
  health: [],
};

/**
 * In every folder of every package's `src`, what lies in it imports one way: no circle among its folders
 * and files. These folders have one still; the list only gets shorter.
 */
export const foldersWithCircles: readonly string[] = [
  'apps/account/src/features',
  'packages/auth-core/src/errors',
  'packages/auth-core/src/vault',
  'packages/shared-auth/src',
  'packages/shared-auth/src/passkeys',
  'packages/shared-auth/src/vault',
];

/** Tests, benches, scripts and tool configuration: the rules for sources don't apply to them. */
const TOOL_FILE = /\.(test|test-d|bench|config)\.ts$|(^|\/)(test|testing|bench|e2e|scripts)\//;

/** Whether a file is only for development: it may import from anywhere, and no source imports it. */
export function isToolFile(path: string): boolean {
  return TOOL_FILE.test(path);
}
