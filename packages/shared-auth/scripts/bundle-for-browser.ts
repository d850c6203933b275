import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';

/** Code that a page loads in one go. */
export interface LoadedCode {
  readonly code: string;
  readonly gzipBytes: number;
  /** What it contains, by absolute path or the bundler's own name, and what it would still import. */
  readonly modules: readonly string[];
}

/** A bundle: the entry's code, and the parts that it loads later. */
export interface BrowserBundle extends LoadedCode {
  /** What the entry loads later by dynamic import, each part by the name of its file. */
  readonly onDemand: Readonly<Record<string, LoadedCode>>;
}

/** Bundles `entry` as a page's build would: complete, minified, for browsers from 2023 on. */
export async function bundleForBrowser(entry: string): Promise<BrowserBundle> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    // A library build leaves this to the page's build.
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      // As a library: for a page, Vite would wrap dynamic imports in code of its own.
      lib: { entry, formats: ['es'] },
      rolldownOptions: {
        output: { minify: true },
        // A replaced Node module shows up among the modules, so no warning is needed.
        onLog: () => undefined,
      },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((part) =>
    'output' in part ? part.output : [],
  );
  const chunks = outputs.filter((part) => part.type === 'chunk');
  const atOnce = findStatic(
    chunks,
    chunks.find((chunk) => chunk.isEntry),
  );
  const own = new Set(chunks.map(({ fileName }) => fileName));
  return {
    ...join(atOnce, own),
    onDemand: Object.fromEntries(
      chunks
        .filter((chunk) => chunk.isDynamicEntry)
        .map((chunk) => {
          const loaded = findStatic(chunks, chunk).filter((one) => !atOnce.includes(one));
          return [chunk.name, join(loaded, own)];
        }),
    ),
  };
}

type Chunk = Rolldown.OutputChunk;

/** An entry's chunk, and those that it imports before running. */
function findStatic(chunks: readonly Chunk[], entry: Chunk | undefined): Chunk[] {
  const found = entry ? [entry] : [];
  for (const { imports } of found) {
    found.push(...chunks.filter((one) => imports.includes(one.fileName) && !found.includes(one)));
  }
  return found;
}

function join(chunks: readonly Chunk[], own: ReadonlySet<string>): LoadedCode {
  const code = chunks.map((chunk) => chunk.code).join('\n');
  const modules = chunks.flatMap(({ modules: inside, imports, dynamicImports }) => [
    ...Object.keys(inside),
    ...[...imports, ...dynamicImports].filter((name) => !own.has(name)),
  ]);
  return { code, gzipBytes: code ? gzipSync(code, { level: 9 }).length : 0, modules };
}
