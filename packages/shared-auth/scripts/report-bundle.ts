import { fileURLToPath } from 'node:url';
import { bundleForBrowser } from './bundle-for-browser.ts';
import { findForbiddenModules, findNodeGlobals } from './find-forbidden-modules.ts';

/** The largest allowed size of the sign-in client, relative to Better Auth's client. */
const MAX_RATIO = 0.9;

const client = await bundleForBrowser(resolve('../src/client.ts'));
const reference = await bundleForBrowser(resolve('./better-auth-client.ts'));
const { 'passkey-calls': passkeys, 'vault-calls': vault } = client.onDemand;
const ratio = client.gzipBytes / reference.gzipBytes;

process.stdout.write(
  `sign-in client, minified and gzipped: ${client.gzipBytes} bytes\n` +
    `loaded with the first passkey call:   ${passkeys?.gzipBytes} bytes\n` +
    `loaded with the first vault call:     ${vault?.gzipBytes} bytes\n` +
    `better-auth's client with passkeys:   ${reference.gzipBytes} bytes\n` +
    `ratio: ${ratio.toFixed(2)} (at most ${MAX_RATIO})\n`,
);

const parts = [client, ...Object.values(client.onDemand)];
const problems = [
  ...parts
    .flatMap(({ modules }) => findForbiddenModules(modules))
    .map((module) => `in the browser bundle: ${module}`),
  ...parts
    .flatMap(({ code }) => findNodeGlobals(code))
    .map((name) => `uses Node's ${name} in the browser`),
  ...(passkeys ? [] : ['the passkey code is loaded at once']),
  ...(vault ? [] : ['the vault code is loaded at once']),
  ...(ratio > MAX_RATIO ? ['the client is too large'] : []),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;

function resolve(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
