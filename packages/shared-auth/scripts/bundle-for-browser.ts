import { gzipSync } from 'node:zlib';
import { build } from 'vite';

export interface BrowserBundle {
  readonly code: string;
  readonly gzipBytes: number;
  /** What is in it by absolute path or the bundler's own name, and what it would still import. */
  readonly modules: readonly string[];
}

/** Bundles `entry` as a page's build would: everything in, minified, for browsers of 2023 and later. */
export async function bundleForBrowser(entry: string): Promise<BrowserBundle> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: 'strict',
        // What is put in place of a Node module is found among the modules, so no warning is needed.
        onLog: () => undefined,
      },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((part) =>
    'output' in part ? part.output : [],
  );
  const chunks = outputs.filter((part) => part.type === 'chunk');
  const code = chunks.map((chunk) => chunk.code).join('\n');
  const own = new Set(chunks.map((chunk) => chunk.fileName));
  const modules = chunks.flatMap(({ modules: inside, imports, dynamicImports }) => [
    ...Object.keys(inside),
    ...[...imports, ...dynamicImports].filter((name) => !own.has(name)),
  ]);
  return { code, gzipBytes: gzipSync(code, { level: 9 }).length, modules };
}
