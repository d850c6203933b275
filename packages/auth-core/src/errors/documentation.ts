import { accessErrorTable } from './access-codes.ts';
import { authErrorTable } from './auth-codes.ts';
import type { ErrorCode } from './codes.ts';
import { authErrorDocumentation } from './documentation-auth.ts';
import {
  accessErrorDocumentation,
  spacesErrorDocumentation,
  vaultErrorDocumentation,
} from './documentation-domains.ts';
import type { ErrorDocumentation } from './error-documentation.ts';
import type { ErrorRow } from './error-row.ts';
import { spacesErrorTable } from './spaces-codes.ts';
import { vaultErrorTable } from './vault-codes.ts';

/** One chapter of docs/errors.md: a union of codes with its table and its prose. */
export interface ErrorChapter {
  readonly title: string;
  readonly table: Readonly<Partial<Record<ErrorCode, ErrorRow>>>;
  readonly documentation: Readonly<Partial<Record<ErrorCode, ErrorDocumentation>>>;
}

/** All chapters, in the order of the page. */
export const errorChapters: readonly ErrorChapter[] = [
  {
    title: 'Signing in, and everything without a domain of its own',
    table: authErrorTable,
    documentation: authErrorDocumentation,
  },
  { title: 'Access', table: accessErrorTable, documentation: accessErrorDocumentation },
  { title: 'Vault', table: vaultErrorTable, documentation: vaultErrorDocumentation },
  { title: 'Spaces', table: spacesErrorTable, documentation: spacesErrorDocumentation },
];
