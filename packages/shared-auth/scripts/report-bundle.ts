import { fileURLToPath } from 'node:url';
import { bundleForBrowser } from './bundle-for-browser.ts';
import { findForbiddenModules, findNodeGlobals } from './find-forbidden-modules.ts';

/** The most that the sign-in client may weigh, in parts of Better Auth's client. */
const MAX_RATIO = 0.95;

const client = await bundleForBrowser(resolve('../src/client.ts'));
const reference = await bundleForBrowser(resolve('./better-auth-client.ts'));
const ratio = client.gzipBytes / reference.gzipBytes;

process.stdout.write(
  `sign-in client, minified and gzipped: ${client.gzipBytes} bytes\n` +
    `better-auth's client with passkeys:   ${reference.gzipBytes} bytes\n` +
    `ratio: ${ratio.toFixed(2)} (at most ${MAX_RATIO})\n`,
);

const problems = [
  ...findForbiddenModules(client.modules).map((module) => `in the browser bundle: ${module}`),
  ...findNodeGlobals(client.code).map((name) => `uses Node's ${name} in the browser`),
  ...(ratio > MAX_RATIO ? ['the client is too large'] : []),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;

function resolve(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
