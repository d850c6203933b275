import type { Store } from '../session/store.ts';
import type { InputOf, OutputOf, VaultStatus } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import type { VaultState } from './vault-state.ts';

/** For the calls that unlock. */
export interface StayUnlocked {
  /** Stores the keys on this device, non-extractable, until somebody locks or signs out. */
  readonly stayUnlocked?: boolean;
}

/** For a page that opens before anybody has asked it to unlock. */
export interface OnlyKept {
  /** Unlocks only with keys stored on this device, and requests none from the server. */
  readonly onlyKept?: boolean;
}

/** A recovery code. */
export interface TypedCode {
  /** As it was shown, or the older 64 hex digits. Case, spaces and dashes don't matter. Secret. */
  readonly recoveryCode: string;
}

/** Instead of a code: the browser prompts for a passkey that was set up for the vault. */
export interface ByPasskey {
  readonly passkey: true;
}

/** Where a value belongs. It can be decrypted for this record and field only. */
export interface FieldLocation {
  /** Must not change during the life of the record. */
  readonly recordId: string;
  readonly field: string;
}

/** The fields of a record, by name. */
export type Texts = Readonly<Record<string, string | null | undefined>>;

/**
 * The vault of the signed-in user. While it is locked, calls that need its keys are FORBIDDEN. Calls that
 * change it are VAULT_CONFLICT where somebody else was first, and REAUTHENTICATION_REQUIRED where it applies.
 *
 * An outage neither locks the vault nor loses anything: the same call may be made again.
 */
export interface VaultClient {
  readonly state: Store<VaultState>;

  /** What the server knows about the vault. */
  status(): Promise<AuthResult<VaultStatus>>;
  /** Creates a vault for a user without one, and unlocks it. An existing vault is only unlocked. */
  init(options?: StayUnlocked): Promise<AuthResult<VaultState>>;
  /**
   * Unlocks with the keys stored on this device, or else with the server's help. A success is 'unlocked' or
   * 'awaiting-recovery-code', or with `onlyKept` the unchanged state. VAULT_NOT_INITIALISED for a user without
   * a vault; VAULT_UNREADABLE also for a key older than one this device has seen.
   */
  unlock(options?: StayUnlocked & OnlyKept): Promise<AuthResult<VaultState>>;
  /** VALIDATION for a typing error, before anything is sent; VAULT_UNREADABLE for another vault's code. */
  unlockWithRecoveryCode(input: TypedCode & StayUnlocked): Promise<AuthResult<VaultState>>;
  /** Forgets the keys, also those on this device, in every tab. Needs no server. */
  lock(): Promise<AuthResult<VaultState>>;

  /**
   * Creates the first recovery code and returns it, this once. It takes effect when it is typed back, to
   * `confirmRecoveryCode` or `enableZeroKnowledge`. Secret result.
   */
  setupRecoveryCode(): Promise<AuthResult<TypedCode>>;
  /**
   * Creates the next recovery code. The current one works until the next is typed back to
   * `confirmRecoveryCode`. In zero-knowledge mode, requires the current one or a passkey. Secret result.
   */
  rotateRecoveryCode(current?: TypedCode | ByPasskey): Promise<AuthResult<TypedCode>>;
  /** Puts the code that was shown last into effect, once it is typed back. VALIDATION for any other. */
  confirmRecoveryCode(typed: TypedCode): Promise<AuthResult<VaultStatus>>;
  /**
   * Removes the code; a success also where there is none. ZK_ACTIVE in zero-knowledge mode, where the vault
   * could never be opened again.
   */
  clearRecoveryCode(): Promise<AuthResult<VaultStatus>>;
  /**
   * Sets up a passkey to open the vault: this one, or whichever of theirs the user chooses. VALIDATION for one
   * that can't (it lacks the PRF extension), NOT_FOUND where there is none. In zero-knowledge mode, requires
   * the recovery code. REAUTHENTICATION_REQUIRED comes before the browser prompts.
   *
   * The browser prompts as for `AuthClient.passkeys`: each call that begins ends the one that is waiting.
   * Other calls to the vault go on meanwhile.
   */
  setupPasskeyUnlock(
    input?: { readonly passkeyId?: string } & Partial<TypedCode>,
  ): Promise<AuthResult<VaultStatus>>;
  /**
   * Unlocks with a passkey that was set up for it, in zero-knowledge mode too. NOT_FOUND where there is none,
   * PASSKEY_CANCELLED once the prompt is closed.
   */
  unlockWithPasskey(options?: StayUnlocked): Promise<AuthResult<VaultState>>;
  /** Stops the passkey from opening the vault; it still signs in. A success also where it never did. */
  clearPasskeyUnlock(input: { readonly passkeyId: string }): Promise<AuthResult<VaultStatus>>;

  /**
   * From then on only the recovery code opens the vault, and passkeys that were set up for it. Takes the code
   * that was created on this page, typed back; RECOVERY_WRAP_MISSING where there is none. If the mode is already
   * on, the code must be the one in effect.
   */
  enableZeroKnowledge(typed: TypedCode): Promise<AuthResult<VaultStatus>>;
  /** Gives the key back to the server. */
  disableZeroKnowledge(typed: TypedCode | ByPasskey): Promise<AuthResult<VaultStatus>>;

  /**
   * Destroys the key, the recovery code and what passkeys open, and continues with a new key. This device can
   * still decrypt what the previous key encrypted, after a reload too, until somebody locks or signs out.
   * Re-encrypt all of it, because nobody else can, and then call `forgetFormerKeys`.
   */
  rotate(): Promise<AuthResult<VaultState>>;
  /** For when everything is re-encrypted: forgets the previous keys, also on this device. */
  forgetFormerKeys(): Promise<AuthResult<VaultState>>;
  /** What was done with the vault, newest first, a page at a time. */
  audit(page?: InputOf<'vault.audit'>): Promise<AuthResult<OutputOf<'vault.audit'>>>;

  encryptValue(input: FieldLocation & { readonly value: string }): Promise<AuthResult<string>>;
  /** VAULT_UNREADABLE for whatever wasn't encrypted for this record and field. */
  decryptValue(input: FieldLocation & { readonly value: string }): Promise<AuthResult<string>>;
  /** Encrypts all fields of a record, or none. Null and undefined stay as they are. */
  encryptFields<T extends Texts>(input: RecordTexts<T>): Promise<AuthResult<Same<T>>>;
  /** Decrypts all fields, or none; the failure's `field` names the first that can't be decrypted. */
  decryptFields<T extends Texts>(input: RecordTexts<T>): Promise<AuthResult<Same<T>>>;
}

/** A record and its fields. */
export interface RecordTexts<T extends Texts> {
  readonly recordId: string;
  readonly fields: T;
}

/** The same fields, with other texts. */
export type Same<T extends Texts> = {
  readonly [F in keyof T]: T[F] extends string ? string : T[F] | (string & T[F]);
};
