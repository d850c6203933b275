/** A column as it is. Types are in their short spelling (`timestamptz`, `varchar(20)`). */
export interface LiveColumn {
  readonly type: string;
  readonly nullable: boolean;
  readonly default: string | null;
  readonly isIdentity: boolean;
  /** The sequence that goes when the column does, qualified; null without one. */
  readonly sequence: string | null;
}

/** A constraint of any kind but not-null, which columns tell. */
export interface LiveConstraint {
  readonly name: string;
  /** p primary key, u unique, f foreign key, c check, x exclusion. */
  readonly kind: string;
  readonly definition: string;
  readonly columns: readonly string[];
  /** Of a foreign key: the other table and its columns. */
  readonly target: { readonly table: string; readonly columns: readonly string[] } | null;
}

/** An index that doesn't belong to a constraint. */
export interface LiveIndex {
  readonly name: string;
  /** Without its name. */
  readonly definition: string;
  /** Every column that it reads. */
  readonly columns: readonly string[];
  /** Whether a unique constraint could stand on it. */
  readonly isPlainUnique: boolean;
}

/** A table with everything that a conversion may have to change. */
export interface LiveTable {
  readonly owner: string;
  /** Whether this role may act as the owner. */
  readonly isOurs: boolean;
  readonly isOwned: boolean;
  readonly isForced: boolean;
  /** Policies that look at rows, and so at columns. */
  readonly policies: readonly string[];
  /** Views and rules that read a column: `{ email: ['public.people'] }`. */
  readonly readers: Readonly<Record<string, readonly string[]>>;
  readonly columns: Readonly<Record<string, LiveColumn>>;
  readonly constraints: readonly LiveConstraint[];
  readonly indexes: readonly LiveIndex[];
}

/** An enum of schema `auth` or `public` with the name of one of ours. */
export interface LiveEnum {
  readonly schema: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly owner: string;
  readonly isOurs: boolean;
  /** By a column of another table, by a function and so on. */
  readonly isUsedElsewhere: boolean;
}

/** What a database holds before the migration. */
export interface Live {
  readonly role: string;
  readonly database: string;
  /** Also where it needn't, because our migrations made the schema already. */
  readonly mayCreateSchemas: boolean;
  /** Null where there is no schema `auth`. */
  readonly schema: {
    readonly owner: string;
    readonly isOurs: boolean;
    readonly isOwned: boolean;
  } | null;
  readonly tables: Readonly<Record<string, LiveTable>>;
  readonly enums: readonly LiveEnum[];
  readonly sequences: readonly string[];
}
