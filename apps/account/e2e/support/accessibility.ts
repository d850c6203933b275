import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** How a page is looked at. */
export type Look = Required<Pick<BrowserContextOptions, 'colorScheme' | 'viewport'>> &
  BrowserContextOptions;

/** Runs the tests in both colour schemes, on a narrow and on a wide page. */
export function describeLooks(tests: (look: Look, name: string) => void): void {
  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    describe.each([360, 1280])('%i wide', (width) => {
      const viewport = { width, height: 740 };
      const look = { colorScheme, viewport, reducedMotion: 'reduce', bypassCSP: true } as const;
      tests(look, `${colorScheme} ${width}`);
    });
  });
}

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

/**
 * Everything that can be pressed and is smaller than a fingertip; except for links in text. What is in a
 * label is pressed with it.
 */
function findSmallTargets(page: Page): Promise<string[]> {
  return page.locator('button, input:not([hidden]), summary, nav a').evaluateAll((elements) =>
    elements
      .filter((element) => {
        const { width, height } = (element.closest('label') ?? element).getBoundingClientRect();
        return width < 44 || height < 44;
      })
      .map((element) => element.outerHTML),
  );
}

/** Nothing that axe finds, nothing too small to press, nothing wider than the window. */
export async function expectAccessible(page: Page): Promise<void> {
  // Fades would be measured half-way. One whose element disappears never ends.
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map(({ finished }) => finished)),
  );
  expect(await findViolations(page)).toEqual([]);
  expect(await findSmallTargets(page)).toEqual([]);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
}
