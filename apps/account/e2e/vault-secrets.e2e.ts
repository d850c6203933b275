import type { Page, Request } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { writeNote } from './support/notebook-steps.ts';
import { inventPerson, join, openSecurity, signIn } from './support/person.ts';
import {
  findTraces,
  readRecoverySecret,
  tracesOfBytes,
  tracesOfCode,
  type Writing,
} from './support/secret-search.ts';
import { browser, server, useServer } from './support/set-up.ts';
import {
  card,
  codeField,
  confirmCode,
  createVault,
  openVault,
  readNewCode,
  turnOnZeroKnowledge,
  unlockedNotice,
} from './support/vault-steps.ts';
import { addAuthenticator } from './support/virtual-authenticator.ts';

const anna = inventPerson('Anna');
let page: Page;
let masterKey = Buffer.alloc(0);
/** The vault's codes, newest last. */
const codes: string[] = [];
/** Everything that the browser sent. */
const sent: Request[] = [];

useServer({ LOG_LEVEL: 'trace' });

beforeAll(async () => {
  page = await browser.newPage({ baseURL: server.url });
  page.on('request', (request) => void sent.push(request));
  await join(server, page, anna);
  await signIn(page, anna);
});

async function readSent(): Promise<Writing[]> {
  const writings = sent.map(async (request) => {
    const headers = Object.entries(await request.allHeaders()).flat();
    const body = request.postDataBuffer() ?? Buffer.alloc(0);
    const bytes = Buffer.concat([Buffer.from([request.url(), ...headers].join('\n')), body]);
    return { where: `${request.method()} ${new URL(request.url()).pathname}`, bytes };
  });
  return Promise.all(writings);
}

/** Every row of every table, every email, and the log. */
async function readKept(): Promise<Writing[]> {
  const tables = await server.query(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const writings: Writing[] = [{ where: 'the log', bytes: Buffer.from(server.readLog()) }];
  for (const { name } of tables) {
    const rows = await server.query(`select row::text as text from ${name} as row`);
    writings.push({
      where: `${name}`,
      bytes: Buffer.from(rows.map(({ text }) => text).join('\n')),
    });
  }
  const outbox = await fetch(`${server.url}/dev/outbox`, {
    headers: { accept: 'application/json' },
  });
  writings.push({ where: 'the mails', bytes: Buffer.from(await outbox.arrayBuffer()) });
  return writings;
}

async function unlockWithCode(): Promise<void> {
  await page.reload();
  await page.getByRole('button', { name: 'Unlock', exact: true }).click();
  await codeField(page).fill(codes.at(-1) ?? '');
  await page.keyboard.press('Enter');
  await unlockedNotice(page).waitFor();
}

test('what opens a vault in zero-knowledge mode reaches neither the server nor its database', async () => {
  const answered = page.waitForResponse((response) => response.url().includes('vault.key'));
  await createVault(page);
  const { result } = await (await answered).json();
  masterKey = Buffer.from(result.data.json.masterKey, 'base64');
  expect(masterKey).toHaveLength(32);

  await addAuthenticator(page, { hasPrf: true });
  await openSecurity(page);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByText('was added').waitFor();
  await openVault(page);
  await page.getByRole('button', { name: 'Unlock', exact: true }).click();
  await card(page, 'Unlock with a passkey').getByRole('button', { name: 'Turn on' }).click();
  await page.getByText('unlocks your vault').waitFor();
  codes.push(await turnOnZeroKnowledge(page));

  await page.reload();
  await page.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await unlockedNotice(page).waitFor();
  await unlockWithCode();
  await page.getByRole('link', { name: 'Notebook' }).click();
  await writeNote(page, 'Winter garden', 'Nobody but me reads this.');
  await page.getByRole('link', { name: 'Vault' }).click();
  await card(page, 'Recovery code').getByRole('button', { name: 'Replace it' }).click();
  await page.getByLabel('Your current recovery code').fill(codes[0] ?? '');
  await page.keyboard.press('Enter');
  codes.push(await readNewCode(page));
  await confirmCode(page, codes[1] ?? '');
  await page.getByText('Your new recovery code is active').waitFor();
  await unlockWithCode();

  const writings = [...(await readSent()), ...(await readKept())];
  expect(findTraces(writings, tracesOfBytes(masterKey))).toEqual([]);
  for (const code of codes) {
    expect(findTraces(writings, tracesOfCode(code))).toEqual([]);
    expect(findTraces(writings, tracesOfBytes(readRecoverySecret(code)))).toEqual([]);
  }
  for (const text of ['Winter garden', 'Nobody but me reads this.']) {
    expect(findTraces(writings, tracesOfBytes(Buffer.from(text)))).toEqual([]);
  }
}, 90_000);

test('and would be found: turning that mode off gives the key back, in one call', async () => {
  const zeroKnowledge = card(page, 'Zero knowledge');
  await zeroKnowledge.getByRole('button', { name: 'Turn off' }).click();
  await zeroKnowledge.getByLabel('Your recovery code').fill(codes.at(-1) ?? '');
  await page.keyboard.press('Enter');
  await zeroKnowledge.getByText('Zero knowledge is off').waitFor();
  expect(findTraces(await readSent(), tracesOfBytes(masterKey))).toEqual([
    'POST /trpc/vault.disableZeroKnowledge',
  ]);
  expect(findTraces(await readKept(), tracesOfBytes(masterKey))).toEqual([]);
});

test.each<[string, (secret: Buffer) => string | Buffer]>([
  ['bytes', (secret) => secret],
  ['UTF-8', (secret) => secret.toString('latin1')],
  ['hex', (secret) => secret.toString('hex').toUpperCase()],
  ['base64', (secret) => secret.toString('base64')],
  ['base64url', (secret) => secret.toString('base64url')],
  ['base64 behind one byte', (secret) => Buffer.concat([Buffer.of(9), secret]).toString('base64')],
  [
    'base64 between others',
    (secret) => Buffer.concat([Buffer.of(9, 9), secret, secret]).toString('base64'),
  ],
  ['an address', (secret) => encodeURIComponent(secret.toString('base64'))],
  ['JSON', (secret) => JSON.stringify([...secret])],
  ['an object of numbers', (secret) => JSON.stringify({ of: [...secret] }, null, 2)],
])('a secret written as %s is found', (_, write) => {
  const secret = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 83 + 7) % 256));
  const writing = { where: 'here', bytes: Buffer.from(write(secret)) };
  expect(findTraces([writing], tracesOfBytes(secret))).toEqual(['here']);
  const code = 'M1JCS-FV2KV-5ST15-PKBDA';
  const spelt = { where: 'here', bytes: Buffer.from('see m1jcs fv2kv 5st15') };
  expect(findTraces([spelt], tracesOfCode(code))).toEqual(['here']);
});

test('the secret in a code is read as it was written', () => {
  const code = 'M1C1G-P4RV4-CNK6E-T39D9-NPRVB-EDXR7-2WKKE-HTQCX-VRF5X-7PZ3X-FSZGC-AWR0J';
  const counted = Buffer.from(Array.from({ length: 32 }, (_, i) => 0x60 + i));
  expect(readRecoverySecret(code)).toEqual(counted);
});
