import { type AuthClient, type AuthResult, createAuthClient } from '@mana/shared-auth';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { reEncryptNotes } from '../src/lib/notes/re-encrypt-notes.ts';
import { readAllNotes } from '../src/lib/notes/read-all-notes.ts';
import { type RunningServer, startServer } from './support/running-server.ts';

const password = 'correct horse battery';

let server: RunningServer;
let client: AuthClient;
let email: string;
let count = 0;

beforeAll(async () => {
  // A database that hangs is noticed soon.
  server = await startServer({ DATABASE_TIMEOUT_MS: '1000' });
});
afterAll(() => server?.stop());

beforeEach(async () => {
  count += 1;
  email = `writer${count}@example.org`;
  client = createAuthClient({ url: server.url });
  dataOf(await client.register({ email, password, name: 'Ada' }));
  const link = new URL((await server.findLink(email)) ?? '');
  dataOf(await client.verifyEmail({ token: link.searchParams.get('token') ?? '', password }));
  client = await openDevice();
  dataOf(await client.vault.init());
});

async function openDevice(): Promise<AuthClient> {
  const device = createAuthClient({ url: server.url });
  dataOf(await device.login({ email, password }));
  return device;
}

function dataOf<T>(result: AuthResult<T>): T {
  if (!result.success) throw new Error(`${result.code}: ${result.error}`);
  return result.data;
}

async function write(by: AuthClient, title: string): Promise<string> {
  const id = crypto.randomUUID();
  const fields = { title, body: `Text of ${title}` };
  const sealed = dataOf(await by.vault.encryptFields({ recordId: id, fields }));
  dataOf(await by.notes.create({ id, ...sealed }));
  return id;
}

/** The titles that a device reads with only the current key, newest change first. */
async function readOnNewDevice(): Promise<string[]> {
  const device = await openDevice();
  dataOf(await device.vault.unlock());
  const titles: string[] = [];
  for (const { id, title, body } of dataOf(await readAllNotes(device))) {
    const fields = { title, body };
    const opened = await device.vault.decryptFields({ recordId: id, fields });
    titles.push(opened.success ? opened.data.title : opened.code);
  }
  return titles;
}

test('all notes are re-encrypted in their order, over several pages', async () => {
  const titles = Array.from({ length: 60 }, (_, index) => `Note ${index}`);
  for (const title of titles) await write(client, title);
  dataOf(await client.vault.rotate());
  const steps: string[] = [];
  const result = await reEncryptNotes(client, ({ done, total }) => steps.push(`${done}/${total}`));
  expect(dataOf(result)).toEqual({ done: 60, left: [] });
  expect([steps[0], steps.at(-1), steps.length]).toEqual(['0/60', '60/60', 61]);
  expect(await readOnNewDevice()).toEqual(titles.toReversed());
  expect(dataOf(await reEncryptNotes(client))).toEqual({ done: 0, left: [] });
});

test('a note that cannot be opened is reported, stays as it is, and does not hold up others', async () => {
  const damaged = await write(client, 'Damaged');
  await write(client, 'Whole');
  const [before] = await server.query(
    `update auth.vault_notes set body = overlay(body placing
       case substr(body, 40, 1) when 'A' then 'B' else 'A' end from 40 for 1)
     where id = $1 returning body`,
    [damaged],
  );
  dataOf(await client.vault.rotate());
  expect(dataOf(await reEncryptNotes(client))).toEqual({ done: 1, left: [damaged] });
  const [after] = await server.query('select body from auth.vault_notes where id = $1', [damaged]);
  expect(after).toEqual(before);
  expect(await readOnNewDevice()).toEqual(['Whole', 'VAULT_UNREADABLE']);
});

test('an outage half-way loses nothing, and the next call does the rest', async () => {
  for (const title of ['One', 'Two', 'Three', 'Four']) await write(client, title);
  dataOf(await client.vault.rotate());
  const stopped = await reEncryptNotes(client, ({ done }) => {
    if (done === 2) server.freezeDatabase();
  });
  expect(stopped).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  server.thawDatabase();
  await expect.poll(async () => (await client.notes.list()).success).toBe(true);
  expect(dataOf(await reEncryptNotes(client)).left).toEqual([]);
  expect(await readOnNewDevice()).toEqual(['Four', 'Three', 'Two', 'One']);
});

test('a note that another device changes in the meantime keeps that change', async () => {
  const id = await write(client, 'Mine');
  dataOf(await client.vault.rotate());
  const other = await openDevice();
  dataOf(await other.vault.unlock());
  let isChanged: Promise<unknown> | undefined;
  const notes = {
    ...client.notes,
    /** The other device is faster, once. */
    update: async (input: Parameters<AuthClient['notes']['update']>[0]) => {
      isChanged ??= changeOn(other, id);
      await isChanged;
      return client.notes.update(input);
    },
  };
  expect(dataOf(await reEncryptNotes({ vault: client.vault, notes }))).toEqual({
    done: 0,
    left: [],
  });
  expect(await readOnNewDevice()).toEqual(['Of the other']);
});

async function changeOn(device: AuthClient, id: string): Promise<void> {
  const fields = { title: 'Of the other', body: '' };
  const sealed = dataOf(await device.vault.encryptFields({ recordId: id, fields }));
  dataOf(await device.notes.update({ id, revision: 1, ...sealed }));
}

test('a locked vault is left alone', async () => {
  await write(client, 'Mine');
  dataOf(await client.vault.rotate());
  dataOf(await client.vault.lock());
  expect(await reEncryptNotes(client)).toMatchObject({ code: 'FORBIDDEN' });
});
