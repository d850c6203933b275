import type { AccessErrorCode } from '../codes/access-codes.ts';
import type { SpacesErrorCode } from '../codes/spaces-codes.ts';
import type { VaultErrorCode } from '../codes/vault-codes.ts';
import type { ErrorDocumentation } from './error-documentation.ts';

/** Total: a new code does not compile without its sentences. */
export const accessErrorDocumentation: Readonly<Record<AccessErrorCode, ErrorDocumentation>> = {
  REAUTHENTICATION_REQUIRED: {
    meaning: 'The step wants a session that was proven in the last ten minutes.',
    userSees: 'A question for the password or a passkey, in place, after which the step goes on.',
    operatorDoes: 'Nothing.',
  },
  FORBIDDEN: {
    meaning: 'Signed in, but without the right; or a request that another site made.',
    userSees: 'The sentence above.',
    operatorDoes: 'If it names a foreign origin, see that TRUSTED_ORIGINS has all of your own.',
  },
};

/** Total: a new code does not compile without its sentences. */
export const vaultErrorDocumentation: Readonly<Record<VaultErrorCode, ErrorDocumentation>> = {
  VAULT_NOT_INITIALISED: {
    meaning: 'The user has no vault.',
    userSees: 'The way to set one up.',
    operatorDoes: 'Nothing.',
  },
  RECOVERY_WRAP_MISSING: {
    meaning: 'A step that needs a recovery code, and none is set.',
    userSees: 'The way to set one up.',
    operatorDoes: 'Nothing.',
  },
  ZK_ACTIVE: {
    meaning: "The vault is in zero-knowledge mode: the server holds no key and can't do the step.",
    userSees: 'The field for the recovery code.',
    operatorDoes: "Nothing. You can't open such a vault, by design.",
  },
  ZK_ROTATE_FORBIDDEN: {
    meaning: 'A rotation on the server of a vault in zero-knowledge mode; it would lose the key.',
    userSees: 'The sentence above.',
    operatorDoes: 'Nothing.',
  },
  VAULT_CONFLICT: {
    meaning:
      'Another tab or device changed the vault, or the note, between reading and writing; or a note was encrypted with a key that is not the current one any more.',
    userSees: 'The newer state, and the change again.',
    operatorDoes: 'Nothing. Many for one user point at a client that loops.',
  },
  VAULT_UNREADABLE: {
    meaning:
      "The stored key doesn't open with the key that the row names. The answer doesn't say why.",
    userSees: 'The sentence above with the request id.',
    operatorDoes:
      "Act. See that the KEK which the row names is configured; don't retire or replace keys before it opens.",
  },
};

/** Total: a new code does not compile without its sentences. */
export const spacesErrorDocumentation: Readonly<Record<SpacesErrorCode, ErrorDocumentation>> = {
  SPACE_TYPE_INVALID: {
    meaning: "A kind of space that doesn't exist.",
    userSees: 'The list of kinds.',
    operatorDoes: 'Nothing.',
  },
  SPACE_PERSONAL_UNDELETABLE: {
    meaning: 'Somebody tried to delete a personal space; it goes with the account only.',
    userSees: 'The sentence above.',
    operatorDoes: 'Nothing.',
  },
  SPACE_FORBIDDEN: {
    meaning: "The role doesn't allow it, or the space has reached a limit.",
    userSees: 'The sentence above.',
    operatorDoes: 'Nothing.',
  },
  CREDENTIAL_NOT_FOUND: {
    meaning: 'The space has no credential of that provider.',
    userSees: 'The way to connect one.',
    operatorDoes: 'Nothing.',
  },
};
