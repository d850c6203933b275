import { classifyWithFaults } from '@mana/auth-core/errors/classify/classify-from-error';
import { asUser } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import { type PageInput, readPage } from '../../../pagination.ts';
import type { CallContext, SignedInContext } from '../../../trpc/context.ts';
import { formatAuditCursor } from './audit-cursor.ts';
import type { OwnAuditEntry, VaultAction } from './vault-audit.repository.ts';
import { insertAuditEntry, listAuditEntries } from './vault-audit.repository.ts';

export interface AuditPage {
  readonly entries: readonly OwnAuditEntry[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
}

/** What was done with the caller's vault, newest first. Entries that come meanwhile move no page. */
export async function readAudit(
  { deps, session }: SignedInContext,
  input: PageInput,
): Promise<AuditPage> {
  const { rows: entries, nextCursor } = await readPage(
    input,
    (range) => listAuditEntries(deps.db, session.user.id, range),
    formatAuditCursor,
  );
  return { entries, nextCursor };
}

/** Writes down what is done, in the transaction that does it: both or neither. */
export async function auditChange(
  trx: Transaction<Database>,
  { request, session }: SignedInContext,
  action: VaultAction,
): Promise<void> {
  const from = { address: request.address, userAgent: request.userAgent, requestId: request.id };
  await insertAuditEntry(trx, { action, userId: session.user.id, ...from, status: 'OK' });
}

/**
 * Writes down what failed, in a transaction of its own: that of the failure is rolled back. The failure is
 * what is answered, whatever becomes of this; an entry that can't be written is logged.
 */
export async function auditFailure(
  { deps, request, seenFaults }: CallContext,
  { action, userId, error }: { action: VaultAction; userId: string; error: unknown },
): Promise<void> {
  const faults = seenFaults();
  // Where Postgres itself didn't answer, it would only be waited for once more.
  if (faults.some((fault) => !wasAnswered(fault))) return;
  const status = classifyWithFaults(error, faults).code;
  const from = { address: request.address, userAgent: request.userAgent, requestId: request.id };
  const entry = { action: `failed_${action}`, userId, ...from, status } as const;
  try {
    // A scope of its own: its fault is not the fault of the call that it tells about.
    await deps.faultTrace.run(() => asUser(deps.db, userId, (trx) => insertAuditEntry(trx, entry)));
  } catch (err) {
    deps.log.warn({ err, action: entry.action, requestId: request.id }, 'vault audit not written');
  }
}

function wasAnswered(fault: unknown): boolean {
  return fault instanceof Error && 'severity' in fault && fault.severity === 'ERROR';
}
