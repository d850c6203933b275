import { fileURLToPath } from 'node:url';
import type { createAuthClient } from '@mana/shared-auth';
import type { BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';

type AuthClient = ReturnType<typeof createAuthClient>;
type Method =
  | `passkeys.${keyof AuthClient['passkeys']}`
  | `vault.${Exclude<keyof AuthClient['vault'], 'state'>}`;

const CLIENT = fileURLToPath(import.meta.resolve('@mana/shared-auth'));
const PATH = '/sdk-under-test.js';

/** Serves the SDK to the pages of a context, as an app does that bundles it. */
export async function serveSdk(context: BrowserContext): Promise<void> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2024',
      lib: { entry: CLIENT, formats: ['es'] },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const [chunk] = [built].flat().flatMap((one) => ('output' in one ? one.output : []));
  if (chunk?.type !== 'chunk') throw new Error('The SDK was not built');
  await context.route(`**${PATH}`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: chunk.code }),
  );
}

/** Creates a client in the page, signed in by its cookies. Needed again after a reload. */
export async function openSdk(page: Page): Promise<void> {
  // As text: the test runner would rewrite an import.
  await page.evaluate(
    `import('${PATH}').then((sdk) => { window.sdk = sdk.createAuthClient({ url: '' }); })`,
  );
}

/** Calls a method of the page's client. */
export function callSdk(page: Page, method: Method, input?: object): Promise<CallResult> {
  return page.evaluate(
    ({ path: [group = '', name = ''], input: given }) =>
      Reflect.get(window, 'sdk')[group][name](given),
    { path: method.split('.'), input },
  );
}

/** An `AuthResult`, as far as tests need it. */
export interface CallResult {
  readonly success: boolean;
  readonly code?: string;
  readonly field?: string;
  // biome-ignore lint/suspicious/noExplicitAny: of every method
  readonly data?: any;
}
