import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import { describe, expect, it } from 'vitest';
import { NamedColumnsPlugin } from './named-columns.ts';

interface Tables {
  users: { id: string; email: string };
  'auth.users': { id: string; email: string };
  'auth.sessions': { id: string; user_id: string };
  'auth.unknown': { id: string };
}

const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
  plugins: [
    new NamedColumnsPlugin(
      new Map([
        ['auth.users', ['id', 'email']],
        ['auth.sessions', ['id', 'user_id']],
      ]),
    ),
  ],
});

const USERS = '"auth"."users"."id", "auth"."users"."email"';
const SESSIONS = '"auth"."sessions"."id", "auth"."sessions"."user_id"';

function sqlOf(query: { compile(): { sql: string } }): string {
  return query.compile().sql;
}

describe('select *', () => {
  it('names the columns of a table', () => {
    expect(sqlOf(db.selectFrom('auth.users').selectAll())).toBe(
      `select ${USERS} from "auth"."users"`,
    );
  });

  it('names them under withSchema', () => {
    const query = db.withSchema('auth').selectFrom('users').selectAll('users');
    expect(sqlOf(query)).toBe(`select ${USERS} from "auth"."users"`);
  });

  it('names them by the alias of a table', () => {
    expect(sqlOf(db.selectFrom('auth.users as u').selectAll('u'))).toBe(
      'select "u"."id", "u"."email" from "auth"."users" as "u"',
    );
  });

  it('names those of every table that a join reads', () => {
    const joined = db
      .selectFrom('auth.users')
      .innerJoin('auth.sessions as s', 's.user_id', 'auth.users.id');
    const from =
      'from "auth"."users" inner join "auth"."sessions" as "s" on "s"."user_id" = "auth"."users"."id"';
    expect(sqlOf(joined.selectAll())).toBe(`select ${USERS}, "s"."id", "s"."user_id" ${from}`);
    expect(sqlOf(joined.selectAll('s'))).toBe(`select "s"."id", "s"."user_id" ${from}`);
  });

  it('names the columns that a subquery returns, and no others', () => {
    const inner = db
      .selectFrom('auth.users')
      .select(['id', 'email as address', sql<number>`1`.as('one')])
      .as('primary');
    expect(sqlOf(db.selectFrom(inner).selectAll('primary'))).toMatch(
      /^select "primary"\."id", "primary"\."address", "primary"\."one" from \(select "id"/,
    );
  });

  it('names them in each part of a union, in a condition and inside raw text', () => {
    const all = db.selectFrom('auth.users').selectAll();
    const query = db
      .selectFrom('auth.users')
      .select('id')
      .where(({ exists }) => exists(all))
      .where(sql<boolean>`exists (${all})`)
      .unionAll(db.selectFrom('auth.users').select('id'));
    expect(sqlOf(all.union(all))).not.toContain('*');
    expect(sqlOf(query)).not.toContain('*');
  });

  it('leaves count(*) alone', () => {
    const query = db.selectFrom('auth.users').select(({ fn }) => fn.countAll().as('n'));
    expect(sqlOf(query)).toBe('select count(*) as "n" from "auth"."users"');
  });
});

describe('returning *', () => {
  it('names the columns that were written', () => {
    const values = { id: '1', email: 'a@example.org' };
    expect(sqlOf(db.insertInto('auth.users').values(values).returningAll())).toContain(
      `returning ${USERS}`,
    );
    expect(sqlOf(db.updateTable('auth.users').set(values).returningAll())).toContain(
      `returning ${USERS}`,
    );
    expect(sqlOf(db.deleteFrom('auth.users').returningAll())).toContain(`returning ${USERS}`);
  });

  it('names those of the other tables of the statement too', () => {
    const update = db
      .updateTable('auth.users')
      .from('auth.sessions')
      .set({ email: 'a@example.org' })
      .whereRef('auth.sessions.user_id', '=', 'auth.users.id');
    expect(sqlOf(update.returningAll())).toContain(`returning ${USERS}, ${SESSIONS}`);
    expect(sqlOf(update.returningAll('auth.users'))).toMatch(/returning [^,]+, [^,]+$/);

    const removal = db.deleteFrom('auth.users').using('auth.sessions').returningAll();
    expect(sqlOf(removal)).toContain(`returning ${USERS}, ${SESSIONS}`);
  });
});

describe('what cannot be named', () => {
  it('throws for an unknown table, and names it', () => {
    expect(() => sqlOf(db.selectFrom('auth.unknown').selectAll())).toThrow('auth.unknown');
    expect(() => sqlOf(db.deleteFrom('auth.unknown').returningAll())).toThrow('auth.unknown');
  });

  it('throws for a table without a schema, which the search path would choose', () => {
    expect(() => sqlOf(db.selectFrom('users').selectAll())).toThrow('users');
  });

  it('throws for a common table expression, and names it', () => {
    const query = db
      .with('first', (qb) => qb.selectFrom('auth.users').selectAll())
      .selectFrom('first');
    expect(() => sqlOf(query.selectAll())).toThrow('first');
    expect(sqlOf(query.select('id'))).toBe(
      `with "first" as (select ${USERS} from "auth"."users") select "id" from "first"`,
    );
  });

  it('throws for a merge, which returns what it reads from as well', () => {
    const merge = db
      .mergeInto('auth.users')
      .using('auth.sessions', 'auth.sessions.user_id', 'auth.users.id')
      .whenMatched()
      .thenDelete();
    expect(() => sqlOf(merge.returningAll())).toThrow("aren't known here");
  });

  it('throws for a subquery with an expression of unknown name', () => {
    const inner = db.selectFrom('auth.users').select(sql<string>`1`.as(sql`x`)).as('inner');
    expect(() => sqlOf(db.selectFrom(inner).selectAll())).toThrow('inner');
  });

  it('goes on working after it threw', () => {
    expect(() => sqlOf(db.selectFrom('auth.unknown').selectAll())).toThrow();
    expect(sqlOf(db.selectFrom('auth.sessions').selectAll())).toBe(
      `select ${SESSIONS} from "auth"."sessions"`,
    );
  });
});
