import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from './browser.ts';
import { fillSignIn, inventPerson, join, signIn } from './person.ts';
import { type RunningServer, startServer } from './running-server.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const anna = inventPerson('Anna');

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser();
  const page = await browser.newPage();
  await join(server, page, anna);
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** The rules that the page breaks (WCAG 2.2 AA and axe's good practice), with the elements that do. */
async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await Reflect.get(window, 'axe').run();
    return violations.map(
      (violation: { id: string; nodes: { html: string }[] }) =>
        `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`,
    );
  });
}

/** Everything that can be pressed and is lower or narrower than a finger wants it; links in text aside. */
function findSmallTargets(page: Page): Promise<string[]> {
  return page.locator('button, input, summary').evaluateAll((elements) =>
    elements
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return width < 44 || height < 44;
      })
      .map((element) => element.outerHTML),
  );
}

async function expectGoodLooks(page: Page): Promise<void> {
  // Fades would be measured half way.
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
  expect(await findViolations(page)).toEqual([]);
  expect(await findSmallTargets(page)).toEqual([]);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  describe.each([360, 1280])('%i wide', (width) => {
    let page: Page;

    beforeAll(async () => {
      page = await browser.newPage({
        baseURL: server.url,
        colorScheme,
        viewport: { width, height: 740 },
        reducedMotion: 'reduce',
        bypassCSP: true,
      });
      return () => page.context().close();
    });

    test.each([
      ['/sign-up', 'Create an account'],
      ['/check-mail', 'Check your mail'],
      ['/verify-email', 'Confirm your email address'],
      ['/verify-email?error=TOKEN_EXPIRED', 'That link has expired'],
      ['/verify-email?error=TOKEN_INVALID', "That link doesn't work any more"],
      ['/verify-email?error=RATE_LIMITED', 'Too many links at once'],
      ['/sign-in?verified=1', 'Welcome back'],
      ['/dev/outbox', 'Outbox'],
    ])('%s can be read and used by everybody', async (path, heading) => {
      await page.goto(path);
      await page.getByRole('heading', { name: heading }).waitFor();
      await expectGoodLooks(page);
    });

    test('so can a form with problems', async () => {
      await page.goto('/sign-up');
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByText('Enter your name.').waitFor();
      await expectGoodLooks(page);
    });

    test('so can the note about an outage', async () => {
      await page.goto('/sign-in');
      await fillSignIn(page, anna);
      server.freezeDatabase();
      try {
        await page.keyboard.press('Enter');
        await page.getByText('This one is on us').waitFor({ timeout: 30_000 });
        await page.getByText('Details for support').click();
        await page.getByLabel('Email').press('End');
        await expectGoodLooks(page);
      } finally {
        server.thawDatabase();
      }
    });

    test('so can the profile, with a long name', async () => {
      await page.goto('/sign-in');
      await signIn(page, anna);
      await expectGoodLooks(page);
      await page.getByRole('button', { name: 'Change name' }).click();
      await expectGoodLooks(page);
      await page.getByLabel('Name').fill(`${'Wolkenstein'.repeat(8)} ${width}`);
      await page.keyboard.press('Enter');
      await page.getByText('saved').waitFor();
      await expectGoodLooks(page);
    });
  });
});
