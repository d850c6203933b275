import type { AuthClient, AuthFailure, AuthResult, EncryptedNote } from '@mana/shared-auth';
import { generationOf } from './generation-of.ts';
import { readAllNotes } from './read-all-notes.ts';

/** What a re-encryption came to. */
export interface ReEncryption {
  /** How many notes are under the current key because of this call. */
  readonly done: number;
  /** The ids of those that aren't: this tab can't open them, or they kept changing. */
  readonly left: readonly string[];
}

/** How far a re-encryption is. */
export interface ReEncryptionProgress {
  /** Includes those that couldn't be done. */
  readonly done: number;
  readonly total: number;
}

/** How often it looks for notes that were changed elsewhere in the meantime. */
const MAX_ROUNDS = 3;

/**
 * Re-encrypts every note that isn't under the vault's current key, with its text unchanged. Only a tab or
 * device that still holds the earlier key can: call it after a rotation, before anything locks.
 *
 * Safe to repeat, by another tab of this device too: what is done stays done, and nothing is lost if it
 * stops. No note counts as changed. Once none is left, the earlier keys are forgotten.
 * A failure is an outage, or FORBIDDEN if the vault isn't unlocked; then call it again.
 */
export async function reEncryptNotes(
  client: Pick<AuthClient, 'vault' | 'notes'>,
  onProgress: (progress: ReEncryptionProgress) => void = () => undefined,
): Promise<AuthResult<ReEncryption>> {
  let done = 0;
  let left: string[] = [];
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const read = await readAllNotes(client);
    if (!read.success) return read;
    const state = client.vault.state.get();
    if (state.status !== 'unlocked') return LOCKED;
    // Oldest change first, which keeps their order.
    const outdated = read.data.toReversed().filter((note) => !isUnder(note, state.generation));
    left = [];
    let wasOvertaken = false;
    for (const [index, note] of outdated.entries()) {
      onProgress({ done: index, total: outdated.length });
      const outcome = await reEncrypt(client, note);
      if (typeof outcome !== 'string') return outcome;
      if (outcome === 'done') done += 1;
      else left.push(note.id);
      wasOvertaken ||= outcome === 'overtaken';
    }
    onProgress({ done: outdated.length, total: outdated.length });
    if (!wasOvertaken) break;
  }
  // If this fails they stay, for the next time.
  if (left.length === 0) await client.vault.forgetFormerKeys();
  return { success: true, data: { done, left } };
}

async function reEncrypt(
  { vault, notes }: Pick<AuthClient, 'vault' | 'notes'>,
  { id, title, body, revision }: EncryptedNote,
): Promise<'done' | 'unreadable' | 'overtaken' | AuthFailure> {
  const opened = await vault.decryptFields({ recordId: id, fields: { title, body } });
  if (!opened.success) return opened.code === 'VAULT_UNREADABLE' ? 'unreadable' : opened;
  const sealed = await vault.encryptFields({ recordId: id, fields: opened.data });
  if (!sealed.success) return sealed;
  const saved = await notes.update({ id, revision, ...sealed.data, isSameText: true });
  if (saved.success) return 'done';
  return saved.code === 'VAULT_CONFLICT' || saved.code === 'NOT_FOUND' ? 'overtaken' : saved;
}

/** Whether all of a note is encrypted with the key of this generation. */
export function isUnder({ title, body }: EncryptedNote, generation: number): boolean {
  return [title, body].every((value) => generationOf(value) === generation);
}

const LOCKED: AuthFailure = {
  success: false,
  code: 'FORBIDDEN',
  error: 'The vault is locked. Unlock it first.',
  retryable: false,
};
