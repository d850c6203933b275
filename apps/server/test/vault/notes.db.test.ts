import { randomUUID } from 'node:crypto';
import { asUser, enterUserContext } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import { commitDuring } from '../harness/hold-user.ts';
import { makeEncrypted, makeNote, notesOf } from '../harness/insert-note.ts';
import { insertUser } from '../harness/insert-user.ts';
import { insertVault } from '../harness/insert-vault.ts';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';

interface Note {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

let server: TestServer;
let clockOffsetMs = 0;

beforeAll(async () => {
  server = await startTestServer({ now: () => new Date(Date.now() + clockOffsetMs) });
});
afterEach(() => {
  clockOffsetMs = 0;
});
afterAll(() => server.close());

async function newOwner() {
  const user = await insertUser(server);
  return { ...user, ...(await insertVault(server, user.id)) };
}

const create = async (client: ApiClient, input: object) =>
  ((await client.expectSuccess('notes.create', input)) as { note: Note }).note;
const update = async (client: ApiClient, input: object) =>
  ((await client.expectSuccess('notes.update', input)) as { note: Note }).note;
const list = async (client: ApiClient, input: object = {}) =>
  (await client.expectSuccess('notes.list', input)) as {
    notes: Note[];
    nextCursor: string | null;
  };

describe('a note', () => {
  it('comes back as it was sent, newest change first', async () => {
    const { client } = await newOwner();
    const [first, second] = [makeNote(), makeNote()];
    expect(await create(client, first)).toMatchObject({ ...first, revision: 1 });
    clockOffsetMs = 1_000;
    await create(client, second);
    expect((await list(client)).notes.map(({ id }) => id)).toEqual([second.id, first.id]);
    clockOffsetMs = 2_000;
    const changed = { ...makeNote(first.id), revision: 1 };
    expect(await update(client, changed)).toMatchObject({ ...changed, revision: 2 });
    const { notes, nextCursor } = await list(client);
    expect(notes).toMatchObject([{ ...changed, revision: 2 }, second]);
    expect(nextCursor).toBeNull();
    expect(notes[0]?.updatedAt.getTime()).toBeGreaterThan(notes[0]?.createdAt.getTime() ?? 0);
  });

  it('comes in pages that show each once, even those with the same time', async () => {
    const { id: userId, client } = await newOwner();
    const ids = Array.from({ length: 7 }, () => randomUUID());
    for (const id of ids) await create(client, makeNote(id));
    await asUser(server.owner, userId, (trx) =>
      sql`update auth.vault_notes set updated_at = '2026-01-01 00:00:00.123456+00'`.execute(trx),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(client, { limit: 2, cursor });
      expect(page.notes.length).toBeLessThanOrEqual(2);
      seen.push(...page.notes.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(ids.toSorted().toReversed());
    expect((await client.call('notes.list', { cursor: '1_' })).code).toBe('VALIDATION');
    expect((await client.call('notes.list', { limit: 51 })).code).toBe('VALIDATION');
  });

  it('is created once when the answer is lost, and never replaces another', async () => {
    const { id: userId, client } = await newOwner();
    const note = makeNote();
    const made = await Promise.all([1, 2, 3].map(() => create(client, note)));
    for (const one of made) expect(one).toMatchObject({ ...note, revision: 1 });
    expect((await client.call('notes.create', makeNote(note.id))).code).toBe('VAULT_CONFLICT');
    expect(await notesOf(server, userId)).toMatchObject([note]);
  });

  it('is changed once when the answer is lost', async () => {
    const { client } = await newOwner();
    const note = makeNote();
    await create(client, note);
    const change = { ...makeNote(note.id), revision: 1 };
    await update(client, change);
    expect(await update(client, change)).toMatchObject({ revision: 2, body: change.body });
  });

  it('is changed by one of those who saw the same revision, and the others are told', async () => {
    const { id: userId, client } = await newOwner();
    const note = makeNote();
    await create(client, note);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        client.call('notes.update', { ...makeNote(note.id), revision: 1 }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.find(({ status }) => status !== 200);
    expect(refused?.code).toBe('VAULT_CONFLICT');
    expect(refused?.error?.message).toMatch(/^This note was changed/);
    expect(await notesOf(server, userId)).toMatchObject([{ revision: 2 }]);
  });

  it('keeps its position in the list under another key', async () => {
    const { client } = await newOwner();
    const note = makeNote();
    const { updatedAt } = await create(client, note);
    clockOffsetMs = 60_000;
    const anew = { ...makeNote(note.id), revision: 1, isSameText: true };
    expect(await update(client, anew)).toMatchObject({ revision: 2, updatedAt });
  });

  it('is removed for good, and can be removed again without an error', async () => {
    const { id: userId, client } = await newOwner();
    const { id } = await create(client, makeNote());
    for (let i = 0; i < 2; i += 1) {
      expect(await client.expectSuccess('notes.remove', { id })).toEqual({ removed: true });
    }
    expect(await notesOf(server, userId)).toEqual([]);
    const update = await client.call('notes.update', { ...makeNote(id), revision: 1 });
    expect(update.code).toBe('NOT_FOUND');
  });
});

describe('a note of another user', () => {
  it('can be neither seen, changed nor removed, and its id reveals nothing', async () => {
    const ada = await newOwner();
    const eve = await newOwner();
    const note = await create(ada.client, makeNote());
    expect((await list(eve.client)).notes).toEqual([]);
    const { updatedAt } = note;
    const cursor = `${updatedAt.getTime() * 1000 + 1_000_000}_${note.id}`;
    expect((await list(eve.client, { cursor })).notes).toEqual([]);
    const change = await eve.client.call('notes.update', { ...makeNote(note.id), revision: 1 });
    const nobodys = await eve.client.call('notes.update', { ...makeNote(), revision: 1 });
    expect([change.code, change.error?.message]).toEqual([nobodys.code, nobodys.error?.message]);
    await eve.client.expectSuccess('notes.remove', { id: note.id });
    expect(await create(eve.client, makeNote(note.id))).toMatchObject({ revision: 1 });
    await eve.client.expectSuccess('notes.remove', { id: note.id });
    expect((await list(ada.client)).notes).toEqual([note]);
  });
});

describe('refused before the database', () => {
  it.each([
    ['plain text', 'Dear diary'],
    ['nothing', ''],
    ['text that claims to be encrypted', 'enc:2:1.Dear.diary'],
    ['a format that nobody knows', makeEncrypted().replace('enc:2:', 'enc:3:')],
    ['a short IV', 'enc:2:1.AAECAwQFBgcICQ==.gLWKpoGv82IYZ8Ia5MrvBgMeuFrwRa5vkElx3A=='],
    ['less than a tag', 'enc:2:1.AAECAwQFBgcICQoL.AAECAwQFBgcICQoL'],
    ['sloppy base64', `${makeEncrypted({ bytes: 42 })}=`],
    ['a line behind it', `${makeEncrypted()}\nDear diary`],
    ['a generation that is no number', makeEncrypted().replace('enc:2:1', 'enc:2:01')],
  ])('is %s', async (_name, text) => {
    const { id: userId, client } = await newOwner();
    const note = await create(client, makeNote());
    for (const field of ['title', 'body']) {
      const made = await client.call('notes.create', { ...makeNote(), [field]: text });
      const input = { ...makeNote(note.id), revision: 1, [field]: text };
      const changed = await client.call('notes.update', input);
      for (const answer of [made, changed]) {
        expect([answer.code, answer.error?.data.field]).toEqual(['VALIDATION', field]);
        if (text !== '') expect(answer.text).not.toContain(text);
      }
    }
    expect(await notesOf(server, userId)).toHaveLength(1);
    expect(server.logText()).not.toContain('diary');
  });

  it('is more than fits into a note', async () => {
    const { client } = await newOwner();
    const note = { ...makeNote(), title: makeEncrypted({ bytes: 731 }) };
    expect((await client.call('notes.create', note)).code).toBe('VALIDATION');
    const long = { ...makeNote(), body: makeEncrypted({ bytes: 37_480 }) };
    expect((await client.call('notes.create', long)).code).toBe('VALIDATION');
    const most = { title: makeEncrypted({ bytes: 729 }), body: makeEncrypted({ bytes: 37_470 }) };
    await create(client, { ...makeNote(), ...most });
  });

  it('is an id that Postgres would write differently', async () => {
    const { client } = await newOwner();
    for (const id of ['note-1', randomUUID().toUpperCase(), `{${randomUUID()}}`]) {
      expect((await client.call('notes.create', makeNote(id))).code).toBe('VALIDATION');
    }
  });
});

describe('what is stored', () => {
  it('is encrypted under the current key: under an earlier one it would be lost', async () => {
    const { id: userId, client, revision } = await newOwner();
    const note = await create(client, makeNote());
    await client.expectSuccess('vault.rotate', { revision });
    const made = await client.call('notes.create', makeNote());
    const changed = await client.call('notes.update', { ...makeNote(note.id), revision: 1 });
    for (const answer of [made, changed]) {
      expect(answer.code).toBe('VAULT_CONFLICT');
      expect(answer.error?.message).toMatch(/^The key of your vault has changed/);
    }
    await update(client, { ...makeNote(note.id, 2), revision: 1 });
    await create(client, makeNote(randomUUID(), 2));
    expect(await notesOf(server, userId)).toHaveLength(2);
    const mixed = { ...makeNote(randomUUID(), 2), title: makeEncrypted() };
    expect((await client.call('notes.create', mixed)).code).toBe('VAULT_CONFLICT');
  });

  it('waits for a rotation: no note is stored under a key that is being replaced', async () => {
    const { id: userId, client } = await newOwner();
    const note = await create(client, makeNote());
    const replaceKey = async (trx: Transaction<Database>) => {
      await enterUserContext(trx, userId);
      await sql`update auth.encryption_vaults set generation = generation + 1`.execute(trx);
    };
    const made = await commitDuring(server, userId, replaceKey, () =>
      client.call('notes.create', makeNote()),
    );
    expect(made.code).toBe('VAULT_CONFLICT');
    const changed = await commitDuring(server, userId, replaceKey, () =>
      client.call('notes.update', { ...makeNote(note.id, 2), revision: 1 }),
    );
    expect(changed.code).toBe('VAULT_CONFLICT');
    expect(await notesOf(server, userId)).toMatchObject([{ revision: 1 }]);
  });

  it('is at most 1,000 notes per user, also when they are created at once', async () => {
    const { id: userId, client } = await newOwner();
    const { title, body } = makeNote();
    await asUser(server.owner, userId, (trx) =>
      sql`
        insert into auth.vault_notes (user_id, id, title, body)
        select ${userId}, gen_random_uuid(), ${title}, ${body} from generate_series(1, 998)
      `.execute(trx),
    );
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => client.call('notes.create', makeNote())),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    const refused = answers.find(({ status }) => status !== 200);
    expect(refused?.code).toBe('VALIDATION');
    expect(refused?.error?.message).toMatch(/1,000 notes/);
    await create((await newOwner()).client, makeNote());
  });
});
