import { type AccessErrorCode, accessErrorTable } from './codes/access-codes.ts';
import { type AuthErrorCode, authErrorTable } from './codes/auth-codes.ts';
import type { ErrorCode } from './codes/codes.ts';
import type { ErrorRow } from './codes/error-row.ts';
import { type SpacesErrorCode, spacesErrorTable } from './codes/spaces-codes.ts';
import { type VaultErrorCode, vaultErrorTable } from './codes/vault-codes.ts';

/** What docs/errors.md says about a code. For readers only: nothing imports it at run time. */
export interface ErrorDocumentation {
  readonly meaning: string;
  readonly userSees: string;
  readonly operatorDoes: string;
}

/** Total: a new code does not compile without its prose. */
const authErrorDocumentation: Readonly<Record<AuthErrorCode, ErrorDocumentation>> = {
  INVALID_CREDENTIALS: {
    meaning: "The email and the password don't match. An unknown address gets the same answer.",
    userSees: 'The message, beside the form; the fields keep what was typed.',
    operatorDoes:
      'Nothing. Many from one network are a guessing attack: look at the LOGIN_FAILURE security events.',
  },
  EMAIL_NOT_VERIFIED: {
    meaning: "The password was right, but the address hasn't been confirmed yet.",
    userSees: 'The message, and an offer to send the email again.',
    operatorDoes:
      "Nothing for one user. If it happens to many at once, check that mail goes out (SMTP_URL, the mail server's log).",
  },
  EMAIL_ALREADY_REGISTERED: {
    meaning:
      'A sign-up with an address that already has an account. It never appears with CONCEAL_ACCOUNTS=on.',
    userSees: 'The message beside the address, with a way to sign in.',
    operatorDoes:
      'Nothing. If responses must not reveal who has an account, set CONCEAL_ACCOUNTS=on.',
  },
  WEAK_PASSWORD: {
    meaning: 'A new password that is too short, too long or on the list of common passwords.',
    userSees: 'The message beside the password.',
    operatorDoes: 'Nothing.',
  },
  ACCOUNT_LOCKED: {
    meaning:
      'Too many wrong passwords or codes, so password sign-in is locked for a while. Passkeys and the password reset still work.',
    userSees: 'How long to wait, and a link to the password reset.',
    operatorDoes:
      'Look at the security events of the address. The lock ends by itself, or when the owner resets the password.',
  },
  SIGNUP_LIMIT_REACHED: {
    meaning: "The day's limit on new accounts has been reached.",
    userSees: 'The message.',
    operatorDoes: 'Raise MAX_DAILY_SIGNUPS if the visitors are genuine.',
  },
  RATE_LIMITED: {
    meaning: 'More calls than the policy allows, from one network or for one account.',
    userSees: 'The message, with the time to wait.',
    operatorDoes:
      "Look for the client's address in the log. If everybody shares one address, TRUSTED_PROXIES doesn't name your proxy.",
  },
  TOKEN_EXPIRED: {
    meaning: 'A link, code or session that was valid once and has expired.',
    userSees: 'The message, and a way to sign in or to ask for a new link.',
    operatorDoes: "Nothing. If new links expire at once, compare the machines' clocks.",
  },
  TOKEN_INVALID: {
    meaning:
      "A link, code or challenge that this server didn't create, that is incomplete, or that has already been used.",
    userSees: 'The message, and a way to ask for a new one.',
    operatorDoes:
      'Nothing for one user. If it happens to all at once, BASE_URL or MANA_AUTH_SECRET has changed; the previous secret belongs in MANA_AUTH_ACCEPTED_SECRETS.',
  },
  TWO_FACTOR_REQUIRED: {
    meaning:
      'The password was right, and the account has a second factor. It is a step, not a failure.',
    userSees: 'The field for the code.',
    operatorDoes: 'Nothing.',
  },
  TWO_FACTOR_FAILED: {
    meaning: 'The code or backup code is wrong. It counts toward lockout.',
    userSees: 'The message beside the code.',
    operatorDoes:
      "Nothing for one user. If it happens to all at once, the machine's clock is off: a code lives for 30 seconds.",
  },
  PASSKEY_NOT_ENABLED: {
    meaning: 'This server has no passkeys.',
    userSees: 'No passkey button. A client that calls anyway gets the message.',
    operatorDoes: 'Nothing, or remove PASSKEYS=off.',
  },
  PASSKEY_CANCELLED: {
    meaning: "The browser's prompt was closed, or the user left the page.",
    userSees: 'The message; nothing is lost.',
    operatorDoes: 'Nothing.',
  },
  PASSKEY_VERIFICATION_FAILED: {
    meaning:
      "The authenticator's response was refused: unknown credential, used or expired challenge, wrong origin, or a counter that went back.",
    userSees: 'The message, and the other ways to sign in.',
    operatorDoes:
      "The log line has the reason. If it happens to everybody at once, WEBAUTHN_RP_ID or WEBAUTHN_ORIGIN doesn't match the page's address.",
  },
  VALIDATION: {
    meaning:
      "The input is malformed, or doesn't fit the data. The log names the path of the first wrong part.",
    userSees: 'The message, beside the field if that is known.',
    operatorDoes: "Nothing, unless it began with a release: then client and server don't match.",
  },
  UNAUTHORIZED: {
    meaning: 'There is no session.',
    userSees: 'The sign-in page.',
    operatorDoes: 'Nothing. If sessions vanish at once, check COOKIE_DOMAIN and HTTPS.',
  },
  NOT_FOUND: {
    meaning: "It doesn't exist, or belongs to somebody else; the response is the same.",
    userSees: 'The message.',
    operatorDoes: 'Nothing.',
  },
  SERVICE_UNAVAILABLE: {
    meaning:
      'The database, the network or another dependency failed. It never counts toward lockout, ends no session and clears no cookie.',
    userSees: 'The message, clearly not a mistake of theirs, with a button to try again.',
    operatorDoes:
      'Act. The log line has the cause with SQLSTATE and column; /readyz and `mana db check` report a schema that has drifted.',
  },
  INTERNAL: {
    meaning: "Something that the program didn't foresee. It never counts toward lockout.",
    userSees: 'The message with the request id.',
    operatorDoes: 'Find the request id in the log and report the cause: it is a bug.',
  },
};

/** Total: a new code does not compile without its prose. */
const accessErrorDocumentation: Readonly<Record<AccessErrorCode, ErrorDocumentation>> = {
  REAUTHENTICATION_REQUIRED: {
    meaning: 'The step needs a session that was confirmed in the last ten minutes.',
    userSees: 'A prompt for the password or a passkey, right there; then the step continues.',
    operatorDoes: 'Nothing.',
  },
  FORBIDDEN: {
    meaning: 'Signed in, but without permission; or a request that another site made.',
    userSees: 'The message.',
    operatorDoes: 'If the log names an origin of yours, add it to TRUSTED_ORIGINS.',
  },
};

/** Total: a new code does not compile without its prose. */
const vaultErrorDocumentation: Readonly<Record<VaultErrorCode, ErrorDocumentation>> = {
  VAULT_NOT_INITIALISED: {
    meaning: 'The user has no vault.',
    userSees: 'A way to set one up.',
    operatorDoes: 'Nothing.',
  },
  RECOVERY_WRAP_MISSING: {
    meaning: 'The step needs a recovery code, and none is set.',
    userSees: 'A way to set one up.',
    operatorDoes: 'Nothing.',
  },
  ZK_ACTIVE: {
    meaning:
      "The vault is in zero-knowledge mode: the server has no key for it and can't do the step.",
    userSees: 'The field for the recovery code.',
    operatorDoes: "Nothing. By design you can't open such a vault.",
  },
  ZK_ROTATE_FORBIDDEN: {
    meaning: 'A rotation on the server, for a vault in zero-knowledge mode. It would lose the key.',
    userSees: 'The message.',
    operatorDoes: 'Nothing.',
  },
  VAULT_CONFLICT: {
    meaning:
      'Another tab or device changed the vault, or the note, between reading and writing; or a note was encrypted with a key that is no longer the current one.',
    userSees: 'The newer state, and a way to repeat the change.',
    operatorDoes: 'Nothing. Many for one user suggest a client in a loop.',
  },
  VAULT_UNREADABLE: {
    meaning:
      "The stored key doesn't open with the key that the row names. The response doesn't say why.",
    userSees: 'The message with the request id.',
    operatorDoes:
      "Act. Check that the KEK which the row names is configured; don't retire or replace keys until it opens.",
  },
};

/** Total: a new code does not compile without its prose. */
const spacesErrorDocumentation: Readonly<Record<SpacesErrorCode, ErrorDocumentation>> = {
  SPACE_TYPE_INVALID: {
    meaning: "A kind of space that doesn't exist.",
    userSees: 'The list of kinds.',
    operatorDoes: 'Nothing.',
  },
  SPACE_PERSONAL_UNDELETABLE: {
    meaning: 'Somebody tried to delete a personal space. It is deleted only with the account.',
    userSees: 'The message.',
    operatorDoes: 'Nothing.',
  },
  SPACE_FORBIDDEN: {
    meaning: "The role doesn't allow it, or the space has reached a limit.",
    userSees: 'The message.',
    operatorDoes: 'Nothing.',
  },
  CREDENTIAL_NOT_FOUND: {
    meaning: 'The space has no credential of that provider.',
    userSees: 'A way to connect one.',
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
