import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { environmentSchema } from '../../apps/server/src/config/environment-schema.ts';
import { replaceVariables } from './render-variables.ts';

const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');

it('is what docs/operations.md says', () => {
  expect(replaceVariables(page)).toBe(page);
});

it('has a row with a meaning for every variable', () => {
  for (const [name, { description }] of Object.entries(environmentSchema.shape)) {
    expect(description, name).toBeTruthy();
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\|.*\\S \\|$`, 'm'));
  }
});

it('says what production requires, and gives the defaults', () => {
  expect(page).toMatch(/^\| `MANA_AUTH_SECRET` \| {2}\| yes \| /m);
  expect(page).toMatch(/^\| `PORT` \| `3000` \| {2}\| /m);
});

it('replaces what is between the markers, and insists on them', () => {
  const outdated = page.replace('| `PORT` |', '| `PROT` |');
  expect(outdated).not.toBe(page);
  expect(replaceVariables(outdated)).toBe(page);
  expect(() => replaceVariables('nothing')).toThrow(/must contain the markers/);
});
