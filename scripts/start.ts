import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

// `pnpm start`: builds the account pages if they are older than their sources, then becomes the server
// itself, so that signals and the exit code are the server's.
const root = fileURLToPath(new URL('..', import.meta.url));
const account = `${root}apps/account`;

/** Folders count too: their time changes when a file in them is removed. */
const PAGE_SOURCES = [
  'apps/account/{index.html,package.json,*.config.ts,src/**,public/**}',
  'packages/{shared-auth,auth-core}/{package.json,src/**}',
  'pnpm-lock.yaml',
];

if (existsSync(`${account}/index.html`) && (await areOutdated())) await buildPages();
await import('../apps/server/src/main.ts');

async function areOutdated(): Promise<boolean> {
  const built = await stat(`${account}/dist/index.html`).catch(() => null);
  if (!built) return true;
  for await (const path of glob(PAGE_SOURCES, { cwd: root })) {
    if ((await stat(`${root}${path}`)).mtimeMs > built.mtimeMs) return true;
  }
  return false;
}

async function buildPages(): Promise<void> {
  process.stdout.write('building the account pages …\n');
  const vite = spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'build'], {
    cwd: account,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => vite.on('close', resolve));
  const [output, errors, code] = await Promise.all([text(vite.stdout), text(vite.stderr), ended]);
  if (code === 0) return;
  process.stderr.write(`${output}${errors}\nThe account pages could not be built (see above).\n`);
  process.exit(1);
}
