import { findBase64 } from '@mana/auth-core/vault/base64';
import { z } from 'zod';
import { findAuditPosition } from './audit-cursor.ts';

/** Lengths in bytes: docs/vault-format.md, "Format 2". */
const SEALED_BYTES = 80;
const IV_BYTES = 12;
const KEY_BYTES = 32;

/** The `revision` of the status that the change was decided on. */
const revision = z.int().min(1).max(2_147_483_647);

function base64(bytes: number) {
  const length = Math.ceil(bytes / 3) * 4;
  return z
    .string()
    .length(length)
    .refine((text) => findBase64(text)?.length === bytes, `wants ${bytes} bytes in base64`);
}

export const changeInput = z.object({ revision });
export const setRecoveryWrapInput = z.object({
  revision,
  recoveryWrappedMk: base64(SEALED_BYTES),
  recoveryIv: base64(IV_BYTES),
  formatVersion: z.literal(2),
  /** Proof of the master key (docs/vault-format.md), which zero-knowledge mode wants. Secret. */
  proof: base64(KEY_BYTES).optional(),
});
export type RecoveryWrapInput = z.infer<typeof setRecoveryWrapInput>;
/** The master key is secret, and read once. */
export const disableZeroKnowledgeInput = z.object({ revision, masterKey: base64(KEY_BYTES) });

export const auditInput = z
  .object({
    cursor: z
      .string()
      .transform((cursor, context) => {
        const position = findAuditPosition(cursor);
        if (position) return position;
        context.addIssue('wants the nextCursor of a former answer');
        return z.NEVER;
      })
      .optional(),
    limit: z.int().min(1).max(100).default(20),
  })
  .prefault({});
