import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

/** Chromium as the system has it. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Whether an element has the focus right now. */
export function isFocused(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => element === document.activeElement);
}

/** The server does what it is asked for next, and its answer never arrives. */
export async function loseNextAnswer(page: Page, procedure: string): Promise<void> {
  await page.route(
    `**/${procedure}*`,
    async (route) => {
      await route.fetch();
      await route.abort();
    },
    { times: 1 },
  );
}
