import { accessErrorTable } from '../codes/access-codes.ts';
import { authErrorTable } from '../codes/auth-codes.ts';
import type { ErrorCode } from '../codes/codes.ts';
import type { ErrorRow } from '../codes/error-row.ts';
import { spacesErrorTable } from '../codes/spaces-codes.ts';
import { vaultErrorTable } from '../codes/vault-codes.ts';
import { authErrorDocumentation } from './auth.ts';
import {
  accessErrorDocumentation,
  spacesErrorDocumentation,
  vaultErrorDocumentation,
} from './domains.ts';
import type { ErrorDocumentation } from './error-documentation.ts';

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
