import frozen from './shape.json' with { type: 'json' };

/** A column of the frozen shape. */
export interface ShapeColumn {
  readonly type: string;
  readonly nullable: boolean;
  readonly default: string | null;
}

/** A table of the frozen shape. */
export interface ShapeTable {
  readonly columns: Readonly<Record<string, ShapeColumn>>;
  /** Definition by name, as Postgres spells it. */
  readonly constraints: Readonly<Record<string, string>>;
  readonly indexes: Readonly<Record<string, string>>;
}

/**
 * The tables that a database older than our migrations may have, as the migrations before this one make
 * them where they are missing. Frozen: later migrations change tables, and this stays.
 */
export const shape: Readonly<Record<string, ShapeTable>> = frozen;

/** The labels of the enums as migration 0001 makes them in schema `auth`. */
export const shapeEnums: Readonly<Record<string, readonly string[]>> = {
  user_role: ['user', 'admin', 'service'],
  access_tier: ['guest', 'public', 'beta', 'alpha', 'founder'],
  user_kind: ['human', 'persona', 'system'],
};

/** What a column was called before, by table: new name to old name. */
export const formerNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'auth.passkeys': { name: 'friendly_name' },
};
