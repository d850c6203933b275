import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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
 * Everything that can be pressed and is lower or narrower than a finger wants it; links in text aside.
 * What stands in its label is pressed with it.
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
  // Fades would be measured half way. One whose element goes away never ends.
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
