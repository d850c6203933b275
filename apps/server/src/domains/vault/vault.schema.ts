import { findBase64 } from '@mana/auth-core/vault/format/base64';
import { z } from 'zod';
import { cursorInput } from '../../pagination.ts';
import { findAuditPosition } from './audit/audit-cursor.ts';

/** A sealed master key in bytes, by its format: docs/vault-format.md. */
const SEALED_BYTES = { 1: 48, 2: 80 } as const;
const IV_BYTES = 12;
const KEY_BYTES = 32;

/** The `revision` of the status that the change was decided on. Without it, any will do. */
const revision = z.int().min(1).max(2_147_483_647).optional();

function base64(bytes: number) {
  const length = Math.ceil(bytes / 3) * 4;
  return z
    .string()
    .length(length)
    .refine((text) => findBase64(text)?.length === bytes, `must be ${bytes} bytes in base64`);
}

/** A change that needs nothing but the revision. */
export const changeInput = z.object({ revision }).prefault({});
/** What `changeInput` accepts. */
export type ChangeInput = z.infer<typeof changeInput>;

const recoveryWrap = z.object({
  revision,
  recoveryIv: base64(IV_BYTES),
  /** Proof of the master key (docs/vault-format.md), required in zero-knowledge mode. Secret. */
  proof: base64(KEY_BYTES).optional(),
});
/** A wrap for a recovery code, in either format. */
export const setRecoveryWrapInput = z.discriminatedUnion('formatVersion', [
  recoveryWrap.extend({
    formatVersion: z.literal(2),
    recoveryWrappedMk: base64(SEALED_BYTES[2]),
  }),
  /** From older clients. */
  recoveryWrap.extend({
    formatVersion: z.literal(1).optional(),
    recoveryWrappedMk: base64(SEALED_BYTES[1]),
  }),
]);
/** What `setRecoveryWrapInput` accepts. */
export type RecoveryWrapInput = z.infer<typeof setRecoveryWrapInput>;

const passkeyId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u);
/** A wrap for one of the caller's passkeys. */
export const setPasskeyWrapInput = z.object({
  revision,
  passkeyId,
  /** Of the master key in the wrap. */
  generation: z.int().min(1).max(2_147_483_647),
  wrappedMk: base64(SEALED_BYTES[2]),
  wrapIv: base64(IV_BYTES),
  formatVersion: z.literal(2),
  /** As for a recovery wrap. Secret. */
  proof: base64(KEY_BYTES).optional(),
});
/** What `setPasskeyWrapInput` accepts. */
export type PasskeyWrapInput = z.infer<typeof setPasskeyWrapInput>;
/** Names the passkey whose wrap goes. */
export const clearPasskeyWrapInput = z.object({ revision, passkeyId });
/** What `clearPasskeyWrapInput` accepts. */
export type ClearPasskeyWrapInput = z.infer<typeof clearPasskeyWrapInput>;

/** The master key is secret, and read once. */
export const disableZeroKnowledgeInput = z.object({ revision, masterKey: base64(KEY_BYTES) });
/** What `disableZeroKnowledgeInput` accepts. */
export type DisableZeroKnowledgeInput = z.infer<typeof disableZeroKnowledgeInput>;

/** A page of the audit. */
export const auditInput = z
  .object({
    cursor: cursorInput(findAuditPosition),
    limit: z.int().min(1).max(100).default(20),
  })
  .prefault({});
