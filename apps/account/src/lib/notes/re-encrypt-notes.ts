import type { AuthClient, AuthFailure, AuthResult, EncryptedNote } from '@mana/shared-auth';
import { generationOf } from './generation-of.ts';
import { readAllNotes } from './read-all-notes.ts';

export interface ReEncryption {
  /** How many notes are under the key of now because of this call. */
  readonly done: number;
  /** The ids of those that aren't: this tab can't open them, or they were changed all the while. */
  readonly left: readonly string[];
}

export interface ReEncryptionProgress {
  /** Those that couldn't be done included. */
  readonly done: number;
  readonly total: number;
}

/** Looks at most so often for notes that were changed somewhere else meanwhile. */
const MAX_ROUNDS = 3;

/**
 * Encrypts every note anew that isn't under the vault's current key, with the text that it has. Only a tab
 * or a device that still holds the former key can: call it after a rotation, before anything locks.
 *
 * Safe to repeat, by another tab of this device too: what is done stays done, and nothing is lost where it
 * stops. No note counts as changed. Once none is left, the former keys are forgotten.
 * A failure is an outage, or FORBIDDEN for a vault that isn't unlocked; then call it again.
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
    // The oldest change first, as they were made.
    const former = read.data.toReversed().filter((note) => !isUnder(note, state.generation));
    left = [];
    let wasOvertaken = false;
    for (const [index, note] of former.entries()) {
      onProgress({ done: index, total: former.length });
      const outcome = await reEncrypt(client, note);
      if (typeof outcome !== 'string') return outcome;
      if (outcome === 'done') done += 1;
      else left.push(note.id);
      wasOvertaken ||= outcome === 'overtaken';
    }
    onProgress({ done: former.length, total: former.length });
    if (!wasOvertaken) break;
  }
  // A failure leaves them where they are, for the next time.
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
  const kept = await notes.update({ id, revision, ...sealed.data, isSameText: true });
  if (kept.success) return 'done';
  return kept.code === 'VAULT_CONFLICT' || kept.code === 'NOT_FOUND' ? 'overtaken' : kept;
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
