import { type AccessErrorCode, accessErrorTable } from './codes/access-codes.ts';
import { type AuthErrorCode, authErrorTable } from './codes/auth-codes.ts';
import type { ErrorCode } from './codes/codes.ts';
import type { ErrorRow } from './codes/error-row.ts';
import { type SpacesErrorCode, spacesErrorTable } from './codes/spaces-codes.ts';
import { type VaultErrorCode, vaultErrorTable } from './codes/vault-codes.ts';

/** What docs/errors.md says of a code. For readers only: nothing at run time imports it. */
export interface ErrorDocumentation {
  readonly meaning: string;
  readonly userSees: string;
  readonly operatorDoes: string;
}

/** Total: a new code does not compile without its sentences. */
const authErrorDocumentation: Readonly<Record<AuthErrorCode, ErrorDocumentation>> = {
  INVALID_CREDENTIALS: {
    meaning:
      "The email and the password don't go together. It says the same for an unknown address.",
    userSees: 'The sentence above, beside the form; the fields keep what was typed.',
    operatorDoes:
      'Nothing. Many from one network are a guessing attack: look at the security events LOGIN_FAILURE.',
  },
  EMAIL_NOT_VERIFIED: {
    meaning: "The password was right, but the address hasn't been confirmed yet.",
    userSees: 'The sentence above, and an offer to send the mail again.',
    operatorDoes:
      "Nothing for one user. For many at once, see whether mail goes out (SMTP_URL, the mail server's log).",
  },
  EMAIL_ALREADY_REGISTERED: {
    meaning:
      'A sign-up with an address that has an account. With CONCEAL_ACCOUNTS=on it never appears.',
    userSees: 'The sentence above beside the address, with a way to sign in.',
    operatorDoes: 'Nothing. If answers must not tell who has an account, set CONCEAL_ACCOUNTS=on.',
  },
  WEAK_PASSWORD: {
    meaning: 'A new password that is too short, too long or on the list of common ones.',
    userSees: 'The sentence above beside the password.',
    operatorDoes: 'Nothing.',
  },
  ACCOUNT_LOCKED: {
    meaning:
      'Too many failed passwords or codes, so password sign-in rests. Passkeys and the password reset go on working.',
    userSees: 'How long the wait is, and the way to a password reset.',
    operatorDoes:
      'Look at the security events of the address. A reset by its owner ends the lock; so does the end of the wait.',
  },
  SIGNUP_LIMIT_REACHED: {
    meaning: 'The cap on new accounts for this day is used up.',
    userSees: 'The sentence above.',
    operatorDoes: 'Raise MAX_DAILY_SIGNUPS if the visitors are real.',
  },
  RATE_LIMITED: {
    meaning: 'More calls than the policy allows, from one network or for one account.',
    userSees: 'The sentence above with the wait.',
    operatorDoes:
      "Look for the client address in the log. If everybody shares one address, TRUSTED_PROXIES doesn't name your proxy.",
  },
  TOKEN_EXPIRED: {
    meaning: 'A link, code or session that was good once and whose time is over.',
    userSees: 'The sentence above, and a way to sign in or to ask for a new link.',
    operatorDoes: 'Nothing. If fresh links expire at once, compare the clocks of the machines.',
  },
  TOKEN_INVALID: {
    meaning:
      "A link, code or challenge that this server didn't make, that is cut off, or that was used before.",
    userSees: 'The sentence above, and a way to ask for a new one.',
    operatorDoes:
      'Nothing for one. For all at once: BASE_URL has changed, or MANA_AUTH_SECRET, whose former value then belongs into MANA_AUTH_ACCEPTED_SECRETS.',
  },
  TWO_FACTOR_REQUIRED: {
    meaning:
      'The password was right, and the account has a second factor. It is a step and no failure.',
    userSees: 'The field for the code.',
    operatorDoes: 'Nothing.',
  },
  TWO_FACTOR_FAILED: {
    meaning: 'The code or backup code is wrong. It counts toward lockout.',
    userSees: 'The sentence above beside the code.',
    operatorDoes:
      "Nothing for one user. For all at once, the machine's clock is off: codes live 30 seconds.",
  },
  PASSKEY_NOT_ENABLED: {
    meaning: 'This server has no passkeys.',
    userSees: 'No passkey button in the first place; the sentence above for a caller that tries.',
    operatorDoes: 'Nothing, or take PASSKEYS=off away.',
  },
  PASSKEY_CANCELLED: {
    meaning: "The browser's prompt was closed, or the page moved on.",
    userSees: 'The sentence above; nothing is lost.',
    operatorDoes: 'Nothing.',
  },
  PASSKEY_VERIFICATION_FAILED: {
    meaning:
      "The answer of the authenticator didn't pass: unknown credential, used or old challenge, wrong origin, counter that went back.",
    userSees: 'The sentence above, and the other ways in.',
    operatorDoes:
      "The log's line has the reason. For everybody at once, WEBAUTHN_RP_ID or WEBAUTHN_ORIGIN doesn't match the page's address.",
  },
  VALIDATION: {
    meaning:
      "The input is malformed, or doesn't fit what is there. The log names the place of the first wrong part.",
    userSees: 'The sentence above, beside the field where it is known.',
    operatorDoes: "Nothing, unless it follows a release: then client and server don't match.",
  },
  UNAUTHORIZED: {
    meaning: 'There is no session.',
    userSees: 'The sign-in page.',
    operatorDoes: 'Nothing. If sessions vanish at once, look at COOKIE_DOMAIN and at https.',
  },
  NOT_FOUND: {
    meaning: "The thing isn't there, or belongs to somebody else; the answer is the same.",
    userSees: 'The sentence above.',
    operatorDoes: 'Nothing.',
  },
  SERVICE_UNAVAILABLE: {
    meaning:
      'The database, the network or another part below failed. It never counts toward lockout, ends no session and clears no cookie.',
    userSees: 'The sentence above, told apart from a mistake, with a button to try again.',
    operatorDoes:
      "Act. The log's line has the cause with SQLSTATE and column; /readyz and `mana db check` name a schema that has drifted.",
  },
  INTERNAL: {
    meaning: "Something that the program didn't foresee. It never counts toward lockout.",
    userSees: 'The sentence above with the request id.',
    operatorDoes: 'Find the request id in the log and report the cause: it is a bug.',
  },
};

/** Total: a new code does not compile without its sentences. */
const accessErrorDocumentation: Readonly<Record<AccessErrorCode, ErrorDocumentation>> = {
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
const vaultErrorDocumentation: Readonly<Record<VaultErrorCode, ErrorDocumentation>> = {
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
const spacesErrorDocumentation: Readonly<Record<SpacesErrorCode, ErrorDocumentation>> = {
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
