import { beforeEach, expect, test } from 'vitest';
import {
  entry,
  goZeroKnowledge,
  openNewNotebook,
  reopen,
  writeNote,
} from './support/notebook-steps.ts';
import { inventPerson } from './support/person.ts';
import {
  browser,
  PATIENCE,
  page,
  person,
  server,
  useNewNotebook,
  useServer,
} from './support/set-up.ts';

useServer();
useNewNotebook();

beforeEach(() => writeNote(page, 'Keys', 'behind the barometer'));

function countCalls(): string[] {
  const calls: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/trpc/')) calls.push(new URL(request.url()).pathname);
  });
  return calls;
}

test('a recovery code opens it, however it is typed, and a typing error is found before anything is sent', async () => {
  const code = await goZeroKnowledge(server, person);
  await page.goto('/notebook');
  await page.getByRole('button', { name: 'Unlock' }).click();
  const field = page.getByLabel('Recovery code');
  await field.waitFor();
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByText('Enter the recovery code.').waitFor();

  const calls = countCalls();
  const slip = `${code.slice(0, 7)}${code[7] === 'A' ? 'B' : 'A'}${code.slice(8)}`;
  await field.fill(slip);
  await page.keyboard.press('Enter');
  await page.getByText('At least one character is wrong.').waitFor();
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  expect(await field.inputValue()).toBe(slip);
  expect(calls).toEqual([]);

  await field.fill(` ${code.toLowerCase().replaceAll('-', ' ')} `);
  await page.keyboard.press('Enter');
  await entry(page, 'Keys').waitFor();
  expect(await page.content()).not.toContain(code.slice(0, 11));
  // Not at the top of the document, where it lands when a field disappears.
  expect(await page.evaluate(() => document.activeElement?.className)).toMatch(/stack/);
  await page.getByRole('button', { name: 'Lock now' }).click();
  await page.getByRole('button', { name: 'Unlock' }).waitFor();
});

test('the recovery code of another vault is told apart from a typing error', async () => {
  await goZeroKnowledge(server, person);
  const berta = inventPerson('Berta');
  const tab = await (await browser.newContext({ baseURL: server.url })).newPage();
  await openNewNotebook(server, tab, berta);
  const code = await goZeroKnowledge(server, berta);
  await tab.context().close();
  await page.goto('/notebook');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByLabel('Recovery code').fill(code);
  await page.keyboard.press('Enter');
  await page.getByText("This code doesn't open the vault.").waitFor();
});

test('a vault whose key was damaged says so, and opens once that is repaired', async () => {
  const columns = 'wrapped_mk, user_id';
  const [row] = await server.query(
    `select ${columns} from auth.encryption_vaults where user_id =
       (select id from auth.users where email = $1)`,
    [person.email],
  );
  const set = (wrap: unknown) =>
    server.query('update auth.encryption_vaults set wrapped_mk = $1 where user_id = $2', [
      wrap,
      row?.['user_id'],
    ]);
  const whole = String(row?.['wrapped_mk']);
  await set(`${whole[0] === 'A' ? 'B' : 'A'}${whole.slice(1)}`);
  await page.goto('/notebook');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByText("Your vault can't be opened").waitFor();
  await page.getByText('Details for support').click();
  await page.getByText('VAULT_UNREADABLE').waitFor();
  const refused = page.waitForResponse('**/vault.key');
  await page.getByRole('button', { name: 'Try again' }).click();
  await refused;
  await page.getByText("Your vault can't be opened").waitFor();
  await set(whole);
  await page.getByRole('button', { name: 'Try again' }).click();
  await entry(page, 'Keys').waitFor();
});

test('an outage during unlocking is ours, and it opens by itself', async () => {
  await page.goto('/notebook');
  await page.getByRole('button', { name: 'Unlock' }).waitFor();
  server.freezeDatabase();
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByRole('button', { name: 'Unlocking…' }).waitFor();
  await page.getByRole('status').getByText('This one is on us').waitFor(PATIENCE);
  await page.getByText('Your vault is unchanged.').waitFor();
  server.thawDatabase();
  await entry(page, 'Keys').waitFor(PATIENCE);
});

test('a page loaded in an outage waits for the vault, and does not offer a new one', async () => {
  await page.goto('/profile');
  await page.getByRole('heading', { name: 'Your profile' }).waitFor();
  server.freezeDatabase();
  await page.getByRole('link', { name: 'Notebook' }).click();
  await page.getByRole('status').getByText('This one is on us').waitFor(PATIENCE);
  expect(await page.getByRole('button', { name: 'Create my vault' }).count()).toBe(0);
  server.thawDatabase();
  await page.getByRole('button', { name: 'Unlock' }).waitFor(PATIENCE);
  await reopen(page);
});

/** Answers the next call of the procedure like this. */
async function answerNext(procedure: string, status: number, auth: object): Promise<void> {
  const error = { json: { message: '', code: -32000, data: { auth } } };
  await page.route(`**/${procedure}*`, (route) => route.fulfill({ status, json: { error } }), {
    times: 1,
  });
}

test('a bug of ours is shown as ours, and not as a damaged vault', async () => {
  await page.goto('/notebook');
  const auth = { code: 'INTERNAL', message: 'Something went wrong.', retryable: false };
  await answerNext('vault.key', 500, { ...auth, requestId: 'r1' });
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByText('This one is on us').waitFor();
  expect(await page.getByText("Your vault can't be opened").count()).toBe(0);
  await page.getByRole('button', { name: 'Try again' }).click();
  await entry(page, 'Keys').waitFor();
});

test('a page that runs into the limit on calls continues by itself', async () => {
  await page.goto('/profile');
  await page.getByRole('heading', { name: 'Your profile' }).waitFor();
  const auth = { code: 'RATE_LIMITED', message: 'Too many calls.', retryable: true };
  await answerNext('vault.status', 429, { ...auth, retryAfterSec: 2, requestId: 'r1' });
  await page.getByRole('link', { name: 'Notebook' }).click();
  await page.getByText('Trying again in').waitFor();
  await page.getByRole('button', { name: 'Unlock' }).waitFor();
});
