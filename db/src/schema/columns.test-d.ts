import type expected from '../catalog/expected-catalog.json';
import type { Database } from './database.ts';

type Tables = (typeof expected)['tables'];
type OurTables = Exclude<keyof Tables, `auth.kysely_${string}`>;
type Equal<A, B> = [A, B] extends [B, A] ? true : false;
type ColumnsAgree = {
  [T in OurTables]: T extends keyof Database
    ? Equal<keyof Database[T], keyof Tables[T]['columns']>
    : false;
};

/** Compiles only while every table of the expected catalog has a row type with exactly its columns. */
export const tablesAgree: Equal<keyof Database, OurTables> = true;
export const columnsAgree: Record<OurTables, true> = {} as ColumnsAgree;
