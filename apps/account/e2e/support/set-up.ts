import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { openBrowser } from './browser.ts';
import { openNewNotebook } from './notebook-steps.ts';
import { inventPerson, join, type Person, signIn } from './person.ts';
import { type RunningServer, startServer } from './running-server.ts';

/** Longer than a statement may take, plus a countdown. */
export const PATIENCE = { timeout: 90_000 };

/** The server of this test file. Set once the hooks of `useServer` have run. */
export let server: RunningServer;
/** The browser of this test file. */
export let browser: Browser;
/** The page of a test that uses a new notebook. */
export let page: Page;
/** Who has that notebook. */
export let person: Person;

/**
 * Starts a server and a browser for the tests of this file, and ends them afterwards. Call it before any other
 * hook. By default, a database that hangs is noticed soon.
 */
export function useServer(environment: Record<string, string> = { DATABASE_TIMEOUT_MS: '2000' }) {
  beforeAll(async () => {
    server = await startServer(environment);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
}

/** Gives every test of this file a person of its own, on a page with an empty notebook. Needs `useServer`. */
export function useNewNotebook(): void {
  let count = 0;
  beforeEach(async () => {
    count += 1;
    person = inventPerson(`Anna${count}`);
    page = await (await browser.newContext({ baseURL: server.url })).newPage();
    await openNewNotebook(server, page, person);
  });
  afterEach(async () => {
    server.thawDatabase();
    await page.context().close();
  });
}

/** A browser of its own for somebody who signs up and signs in there. */
export async function openSignedIn(
  who: Person,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const opened = await (await browser.newContext({ baseURL: server.url, ...options })).newPage();
  await join(server, opened, who);
  await signIn(opened, who);
  return opened;
}
