import type { Store } from '../session/store.ts';
import type { InputOf, OutputOf, VaultStatus } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import type { VaultState } from './vault-state.ts';

export interface StayUnlocked {
  /** Keeps the keys on this device, non-extractable, until somebody locks or signs out. */
  readonly stayUnlocked?: boolean;
}

export interface OnlyKept {
  /** Asks the server for no key, as a page does that nobody asked to unlock yet. */
  readonly onlyKept?: boolean;
}

export interface TypedCode {
  /** As it was shown, or the older 64 hex digits; case, spaces and dashes don't matter. Secret. */
  readonly recoveryCode: string;
}

/** In the place of a code: the browser asks for a passkey that was set up for the vault. */
export interface ByPasskey {
  readonly passkey: true;
}

export interface FieldLocation {
  /** Never changes while the record lives. A value opens in its own record and field only. */
  readonly recordId: string;
  readonly field: string;
}

export type Texts = Readonly<Record<string, string | null | undefined>>;

/**
 * The vault of whoever is signed in. While it is locked, what wants its keys is FORBIDDEN. What changes it
 * is VAULT_CONFLICT where somebody else was first, and REAUTHENTICATION_REQUIRED where it applies.
 *
 * An outage neither locks the vault nor loses anything: the same call may be made again.
 */
export interface VaultClient {
  readonly state: Store<VaultState>;

  /** What the server knows of the vault. */
  status(): Promise<AuthResult<VaultStatus>>;
  /** Makes a vault for a user without one, and unlocks it. One that is there is only unlocked. */
  init(options?: StayUnlocked): Promise<AuthResult<VaultState>>;
  /**
   * Unlocks with what this device keeps, or else with the server's help. A success is either 'unlocked' or
   * 'awaiting-recovery-code', or with `onlyKept` the state as it was. VAULT_NOT_INITIALISED for a user without a vault; VAULT_UNREADABLE also for an older
   * key than this device has seen.
   */
  unlock(options?: StayUnlocked & OnlyKept): Promise<AuthResult<VaultState>>;
  /** VALIDATION for a typing error, before anything is sent; VAULT_UNREADABLE for another vault's code. */
  unlockWithRecoveryCode(input: TypedCode & StayUnlocked): Promise<AuthResult<VaultState>>;
  /** Forgets the keys, on this device too, and in every tab. Wants no server. */
  lock(): Promise<AuthResult<VaultState>>;

  /**
   * Makes the first recovery code. It is shown this once, and counts from when it was typed back: to
   * `confirmRecoveryCode` or to `enableZeroKnowledge`. Secret answer.
   */
  setupRecoveryCode(): Promise<AuthResult<TypedCode>>;
  /**
   * Makes the next recovery code. The former one counts until this one was typed back to
   * `confirmRecoveryCode`. In zero-knowledge mode it wants the former, or a passkey. Secret answer.
   */
  rotateRecoveryCode(former?: TypedCode | ByPasskey): Promise<AuthResult<TypedCode>>;
  /** Makes the code count that was shown last, once it is typed back; VALIDATION for another. */
  confirmRecoveryCode(typed: TypedCode): Promise<AuthResult<VaultStatus>>;
  /** ZK_ACTIVE in zero-knowledge mode, where it would be the end of the vault. None to remove is a success. */
  clearRecoveryCode(): Promise<AuthResult<VaultStatus>>;
  /**
   * Has a passkey open the vault: this one, or whichever of theirs the user chooses. VALIDATION for one that
   * can't (it lacks the PRF extension), NOT_FOUND where there is none. In zero-knowledge mode it wants the
   * recovery code. REAUTHENTICATION_REQUIRED comes before the browser asks.
   *
   * The browser asks as for `AuthClient.passkeys`: whatever begins ends what waits. Meanwhile the other calls
   * about the vault go on.
   */
  setupPasskeyUnlock(
    input?: { readonly passkeyId?: string } & Partial<TypedCode>,
  ): Promise<AuthResult<VaultStatus>>;
  /**
   * Unlocks with a passkey that was set up for it, in zero-knowledge mode too. NOT_FOUND where none was,
   * PASSKEY_CANCELLED once the prompt is closed.
   */
  unlockWithPasskey(options?: StayUnlocked): Promise<AuthResult<VaultState>>;
  /** The passkey opens the vault no more; it still signs in. One that didn't is a success. */
  clearPasskeyUnlock(input: { readonly passkeyId: string }): Promise<AuthResult<VaultStatus>>;

  /**
   * From then on only the recovery code opens the vault, and passkeys that were set up for it. Takes the code that was made on this page, typed
   * back; RECOVERY_WRAP_MISSING where none was. Where it is on already, the code has to be the one that counts.
   */
  enableZeroKnowledge(typed: TypedCode): Promise<AuthResult<VaultStatus>>;
  /** Gives the server the key again. */
  disableZeroKnowledge(typed: TypedCode | ByPasskey): Promise<AuthResult<VaultStatus>>;

  /**
   * Destroys the key, the recovery code and what passkeys open, and goes on with a new key. What the former
   * encrypted is still decrypted on this device, after a reload too, until somebody locks or signs out;
   * encrypt all of that anew, for nobody else can, and then call `forgetFormerKeys`.
   */
  rotate(): Promise<AuthResult<VaultState>>;
  /** For when all is encrypted anew: forgets what rotations left for reading, here and on this device. */
  forgetFormerKeys(): Promise<AuthResult<VaultState>>;
  /** What was done with the vault, a page at a time. */
  audit(page?: InputOf<'vault.audit'>): Promise<AuthResult<OutputOf<'vault.audit'>>>;

  encryptValue(input: FieldLocation & { readonly value: string }): Promise<AuthResult<string>>;
  /** VAULT_UNREADABLE for whatever wasn't encrypted for this place. */
  decryptValue(input: FieldLocation & { readonly value: string }): Promise<AuthResult<string>>;
  /** Every text of a record by the name of its field; null and undefined stay. All of them, or a failure. */
  encryptFields<T extends Texts>(input: RecordTexts<T>): Promise<AuthResult<Same<T>>>;
  /** The failure's `field` names the first that doesn't open. */
  decryptFields<T extends Texts>(input: RecordTexts<T>): Promise<AuthResult<Same<T>>>;
}

export interface RecordTexts<T extends Texts> {
  readonly recordId: string;
  readonly fields: T;
}

/** The same fields, with other texts. */
export type Same<T extends Texts> = {
  readonly [F in keyof T]: T[F] extends string ? string : T[F] | (string & T[F]);
};
