import { classifyWithFaults } from '@mana/auth-core/errors/classify/classify-from-error';
import { asUser } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import { type PageInput, readPage } from '../../../pagination.ts';
import type { CallContext, SignedInContext } from '../../../trpc/context.ts';
import { formatAuditCursor } from './audit-cursor.ts';
import type { PublicAuditEntry, VaultAction } from './vault-audit.repository.ts';
import { insertAuditEntry, listAuditEntries } from './vault-audit.repository.ts';

/** Some of the entries about a vault. */
export interface AuditPage {
  readonly entries: readonly PublicAuditEntry[];
  /** Where the next page begins; null on the last one. */
  readonly nextCursor: string | null;
}

/** What was done with the caller's vault, newest first. */
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

/** Records a change in the transaction that makes it: both or neither. */
export async function auditChange(
  trx: Transaction<Database>,
  { request, session }: SignedInContext,
  action: VaultAction,
): Promise<void> {
  const from = { address: request.address, userAgent: request.userAgent, requestId: request.id };
  await insertAuditEntry(trx, { action, userId: session.user.id, ...from, status: 'OK' });
}

/**
 * Records a failure in a transaction of its own, as the failed one is rolled back. Never throws: the caller
 * answers with the failure itself, and an entry that can't be written is logged.
 */
export async function auditFailure(
  { deps, request, seenFaults }: CallContext,
  { action, userId, error }: { action: VaultAction; userId: string; error: unknown },
): Promise<void> {
  const faults = seenFaults();
  // If Postgres itself didn't answer, this would only wait for it once more.
  if (faults.some((fault) => !wasAnswered(fault))) return;
  const status = classifyWithFaults(error, faults).code;
  const from = { address: request.address, userAgent: request.userAgent, requestId: request.id };
  const entry = { action: `failed_${action}`, userId, ...from, status } as const;
  try {
    // A scope of its own: a fault here is not a fault of the call that it records.
    await deps.faultTrace.run(() => asUser(deps.db, userId, (trx) => insertAuditEntry(trx, entry)));
  } catch (err) {
    deps.log.warn({ err, action: entry.action, requestId: request.id }, 'vault audit not written');
  }
}

function wasAnswered(fault: unknown): boolean {
  return fault instanceof Error && 'severity' in fault && fault.severity === 'ERROR';
}
