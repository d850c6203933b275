/** The roles that a catalog calls `app` and `owner`, whatever they are named in this database. */
export interface CatalogRoles {
  /** The plain role that serves requests; null where the owner serves them itself. */
  readonly app: string | null;
  readonly owner: string;
}

/** Privileges by role: `app`, `owner`, `public`, or `role <name>`. The object's own owner is left out. */
export type Grants = Readonly<Record<string, readonly string[]>>;

/** A column of a table. */
export interface ColumnCatalog {
  /** In its short spelling (`timestamptz`, `varchar(20)`); with its schema when it isn't built in. */
  readonly type: string;
  readonly nullable: boolean;
  /** The expression of the default, or how an identity or generated column gets its value. */
  readonly default: string | null;
}

/** A row-level security policy; its expressions as Postgres spells them. */
export interface PolicyCatalog {
  readonly kind: string;
  readonly command: string;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
}

/** A table with everything that decides what it accepts and to whom it shows it. */
export interface TableCatalog {
  readonly owner: string;
  readonly columns: Readonly<Record<string, ColumnCatalog>>;
  /** Definition by name. Not-null constraints are left out: columns show them. */
  readonly constraints: Readonly<Record<string, string>>;
  /** Definition by name, without those that belong to a constraint. */
  readonly indexes: Readonly<Record<string, string>>;
  /** Definition by name, followed by `(disabled)` or another state that isn't the usual one. */
  readonly triggers: Readonly<Record<string, string>>;
  /** Definition by name. A rule can make a statement do something else, or nothing. */
  readonly rules: Readonly<Record<string, string>>;
  readonly rowSecurity: { readonly enabled: boolean; readonly forced: boolean };
  readonly policies: Readonly<Record<string, PolicyCatalog>>;
  readonly grants: Grants;
}

/** A function, and who may call it. */
export interface FunctionCatalog {
  readonly owner: string;
  /** The whole `create or replace function`, on one line. */
  readonly definition: string;
  readonly grants: Grants;
}

/** What schemas `auth` and `spaces` hold; tables, sequences, enums and functions by qualified names. */
export interface Catalog {
  readonly schemas: Readonly<Record<string, { readonly grants: Grants }>>;
  /** Labels in order. An enum of another schema is here when a column of ours uses it. */
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly tables: Readonly<Record<string, TableCatalog>>;
  /** Query by name, materialised ones too: each reads with its owner's rights. */
  readonly views: Readonly<Record<string, string>>;
  /** By name and argument types. Those of an extension are left out. */
  readonly functions: Readonly<Record<string, FunctionCatalog>>;
  readonly sequences: Readonly<Record<string, { readonly owner: string; readonly grants: Grants }>>;
}
