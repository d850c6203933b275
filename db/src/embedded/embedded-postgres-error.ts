/** What is wrong, for code. The message says it to a person. */
export type EmbeddedPostgresFault =
  | 'in-use'
  | 'unwritable'
  | 'foreign-folder'
  | 'other-version'
  | 'no-binaries'
  | 'no-user-namespace'
  | 'failed';

/**
 * What kept the embedded Postgres from running. The message is one or two sentences for the person at
 * the terminal: what is wrong, where, and what to do.
 */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly fault: EmbeddedPostgresFault;

  constructor(fault: EmbeddedPostgresFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fault = fault;
  }
}

/** The code of a system error (`EACCES`), or undefined for anything else. */
export function findSystemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
