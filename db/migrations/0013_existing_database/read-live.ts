import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Live } from './live-types.ts';

/** The named tables and enums as they are. Needs `pg_catalog` alone on the search path. */
export async function readLive(
  db: Kysely<unknown>,
  names: { tables: readonly string[]; enums: readonly string[] },
): Promise<Live> {
  const { rows } = await sql<{ live: Live }>`
    with tables as (
      select class.*, format('%s.%s', nspname, relname) as qualified_name
      from pg_class as class
      join pg_namespace as namespace on namespace.oid = relnamespace
      where relkind in ('r', 'p') and format('%s.%s', nspname, relname) = any (${names.tables})
    ),
    enums as (
      select type.*, nspname
      from pg_type as type
      join pg_namespace as namespace on namespace.oid = typnamespace
      where nspname in ('auth', 'public') and typtype = 'e' and typname = any (${names.enums})
    )
    select json_build_object(
      'role', current_user,
      'database', current_database(),
      'mayCreateSchemas', has_database_privilege(current_database(), 'create')
        or to_regclass('auth.kysely_migration') is not null,
      'schema', (${schemaObject}),
      'tables', (${tableObjects}),
      'enums', (${enumObjects}),
      'sequences', (${sequenceNames})
    ) as live
  `.execute(db);
  const [row] = rows;
  if (!row) throw new Error('Postgres described no database');
  return row.live;
}

/** Policies that hide rows and aren't ours: the access rules put `own_rows` right. */
const policies: RawBuilder<unknown> = sql`
  select coalesce(json_agg(polname order by polname), '[]')
  from pg_policy
  where polrelid = tables.oid and polname <> 'own_rows'
    and (pg_get_expr(polqual, polrelid) <> 'true' or pg_get_expr(polwithcheck, polrelid) <> 'true')`;

const readers: RawBuilder<unknown> = sql`
  select coalesce(json_object_agg(attname, views), '{}')
  from (
    select attname, json_agg(distinct rewrite.ev_class::regclass::text) as views
    from pg_depend as depend
    join pg_rewrite as rewrite on rewrite.oid = depend.objid and rewrite.ev_class <> tables.oid
    join pg_attribute on attrelid = depend.refobjid and attnum = depend.refobjsubid
    where depend.classid = 'pg_rewrite'::regclass
      and depend.refclassid = 'pg_class'::regclass and depend.refobjid = tables.oid
    group by attname
  ) as read`;

const columns: RawBuilder<unknown> = sql`
  select json_object_agg(attname, json_build_object(
    'type', regexp_replace(regexp_replace(replace(
      format_type(atttypid, atttypmod), 'character varying', 'varchar'),
      '^timestamp(.*) with time zone', 'timestamptz\\1'),
      '^timestamp(.*) without time zone', 'timestamp\\1'),
    'nullable', not attnotnull,
    'default', pg_get_expr(adbin, adrelid),
    'isIdentity', attidentity <> '',
    'sequence', (
      select objid::regclass::text
      from pg_depend
      join pg_class on pg_class.oid = objid and relkind = 'S'
      where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
        and refobjid = attrelid and refobjsubid = attnum and deptype in ('a', 'i')
      limit 1
    )
  ) order by attnum)
  from pg_attribute
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = tables.oid and attnum > 0 and not attisdropped`;

const constraints: RawBuilder<unknown> = sql`
  select coalesce(json_agg(json_build_object(
    'name', conname,
    'kind', contype,
    'definition', pg_get_constraintdef(oid),
    'columns', (
      select coalesce(json_agg(attname order by ordinality), '[]')
      from unnest(conkey) with ordinality as key (number, ordinality)
      join pg_attribute on attrelid = conrelid and attnum = number
    ),
    'target', case when contype = 'f' then json_build_object(
      'table', confrelid::regclass::text,
      'columns', (
        select json_agg(attname order by ordinality)
        from unnest(confkey) with ordinality as key (number, ordinality)
        join pg_attribute on attrelid = confrelid and attnum = number
      )
    ) end
  ) order by conname), '[]')
  from pg_constraint
  where conrelid = tables.oid and contype <> 'n'`;

const indexes: RawBuilder<unknown> = sql`
  select coalesce(json_agg(json_build_object(
    'name', relname,
    'definition', replace(
      pg_get_indexdef(indexrelid), ' INDEX ' || quote_ident(relname) || ' ON ', ' INDEX ON '
    ) || case when indisvalid then '' else ' (invalid)' end,
    'columns', (
      select coalesce(json_agg(distinct attname), '[]')
      from pg_depend
      join pg_attribute on attrelid = refobjid and attnum = refobjsubid
      where classid = 'pg_class'::regclass and objid = indexrelid
        and refclassid = 'pg_class'::regclass and refobjid = indrelid and refobjsubid > 0
    ),
    'isPlainUnique', indisunique and indisvalid and indimmediate
      and indpred is null and indexprs is null
  ) order by relname), '[]')
  from pg_index
  join pg_class on pg_class.oid = indexrelid
  where indrelid = tables.oid
    and not exists (
      select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x')
    )`;

const otherUsers: RawBuilder<unknown> = sql`
  select from pg_depend as depend
  left join pg_attrdef on depend.classid = 'pg_attrdef'::regclass and pg_attrdef.oid = depend.objid
  where depend.refclassid = 'pg_type'::regclass
    and depend.refobjid in (enums.oid, enums.typarray)
    and depend.deptype = 'n'
    and not (
      depend.classid in ('pg_class'::regclass, 'pg_attrdef'::regclass)
      and coalesce(adrelid, depend.objid) in (select oid from tables)
    )`;

const schemaObject: RawBuilder<unknown> = sql`
  select json_build_object(
    'owner', pg_get_userbyid(nspowner),
    'isOurs', pg_has_role(nspowner, 'usage'),
    'isOwned', pg_get_userbyid(nspowner) = current_user
  )
  from pg_namespace where nspname = 'auth'`;

const tableObjects: RawBuilder<unknown> = sql`
  select coalesce(json_object_agg(qualified_name, json_build_object(
    'owner', pg_get_userbyid(relowner),
    'isOurs', pg_has_role(relowner, 'usage'),
    'isOwned', pg_get_userbyid(relowner) = current_user,
    'isForced', relforcerowsecurity,
    'policies', (${policies}),
    'readers', (${readers}),
    'columns', (${columns}),
    'constraints', (${constraints}),
    'indexes', (${indexes})
  )), '{}')
  from tables`;

const enumObjects: RawBuilder<unknown> = sql`
  select coalesce(json_agg(json_build_object(
    'schema', nspname,
    'name', typname,
    'labels', (
      select json_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = enums.oid
    ),
    'owner', pg_get_userbyid(typowner),
    'isOurs', pg_has_role(typowner, 'usage'),
    'isUsedElsewhere', exists (${otherUsers})
  )), '[]')
  from enums`;

const sequenceNames: RawBuilder<unknown> = sql`
  select coalesce(json_agg(format('%s.%s', nspname, relname)), '[]')
  from pg_class
  join pg_namespace on pg_namespace.oid = relnamespace
  where relkind = 'S' and nspname = 'auth'`;
