import type { AuthFailure } from '@mana/shared-auth';

/** Every field of the pages, by the name that it has in its form. */
export type FieldName =
  | 'name'
  | 'passkeyName'
  | 'email'
  | 'newEmail'
  | 'password'
  | 'currentPassword'
  | 'newPassword'
  | 'code'
  | 'backupCode'
  | 'recoveryCode'
  | 'noteTitle'
  | 'noteBody'
  | 'confirmation';

/** The text of the fields in one form. */
export type FieldValues = Partial<Record<FieldName, string>>;

/** What is wrong with each field, as shown; a field that isn't named is fine. */
export type Problems = Partial<Record<FieldName, string>>;

/** Shown beside what the server says about a password that is too weak. */
export const WEAK_HINT = 'Three or four words in a row make a good one.';

const NO_ADDRESS = "That isn't a complete email address. It should look like anna@example.org.";
const NO_NAME = "That name is too long, or contains a character we can't accept.";
const TOO_LONG = 'That password is longer than we can accept.';

const INVALID: Readonly<Record<FieldName, string>> = {
  name: NO_NAME,
  passkeyName: NO_NAME,
  email: NO_ADDRESS,
  newEmail: NO_ADDRESS,
  password: TOO_LONG,
  currentPassword: TOO_LONG,
  newPassword: TOO_LONG,
  code: 'The code has six digits.',
  backupCode: "That isn't one of your remaining codes. Each one works once.",
  recoveryCode: "That isn't a valid recovery code.",
  noteTitle: 'That title is too long.',
  noteBody: 'That is too long for one note. Move part of it to another.',
  confirmation: "That isn't the address of this account.",
};

const EMPTY: Readonly<Record<FieldName, string>> = {
  name: 'Enter your name.',
  passkeyName: 'Enter a name you will recognise.',
  email: 'Enter your email address.',
  newEmail: 'Enter your new email address.',
  password: 'Enter your password.',
  currentPassword: 'Enter your current password.',
  newPassword: 'Enter a new password.',
  code: 'Enter the code.',
  backupCode: 'Enter one of your backup codes.',
  recoveryCode: 'Enter the recovery code.',
  noteTitle: 'Give it a title.',
  noteBody: 'Write something first.',
  confirmation: 'Enter the address of this account.',
};

/** Fields that the server knows by another name. */
const SENT_AS: readonly (readonly [FieldName, string])[] = [
  ['backupCode', 'code'],
  ['passkeyName', 'name'],
  ['noteTitle', 'title'],
];

/** What can be found invalid before anything is sent. The server checks the rest. */
const IS_INVALID: Partial<Record<FieldName, (value: string) => boolean>> = {
  email: isNoAddress,
  newEmail: isNoAddress,
  // In any script, with anything between them: the server reads it, and counts no slip as a wrong code.
  code: (value) => value.match(/\p{Decimal_Number}/gu)?.length !== 6,
};

/** A password may be spaces alone; nothing else may. */
const UNTRIMMED: readonly FieldName[] = ['password', 'currentPassword', 'newPassword'];

/** Finds fields that are empty, and text that can't be an address or a code. */
export function findProblems(values: FieldValues): Problems {
  const problems: Problems = {};
  for (const [field, value] of Object.entries(values).filter(isEntry)) {
    const isEmpty = (UNTRIMMED.includes(field) ? value : value.trim()) === '';
    if (isEmpty) problems[field] = EMPTY[field];
    else if (IS_INVALID[field]?.(value)) problems[field] = INVALID[field];
  }
  return problems;
}

/** Finds the field of this form that a failure is about; empty if it isn't about one field. */
export function findFailureProblems(failure: AuthFailure, values: FieldValues): Problems {
  const has = (field: FieldName) => field in values;
  // Checked on this device, with a message to be shown.
  if (failure.field === 'recoveryCode' && has('recoveryCode')) {
    return { recoveryCode: failure.error };
  }
  switch (failure.code) {
    case 'INVALID_CREDENTIALS':
      if (has('currentPassword')) return { currentPassword: "That isn't your password." };
      if (!has('password')) return {};
      return { password: has('email') ? failure.error : "That isn't your password." };
    case 'WEAK_PASSWORD':
      return only(['newPassword', 'password'].filter(isFieldName).find(has), failure.error);
    case 'EMAIL_ALREADY_REGISTERED':
      if (has('newEmail')) return { newEmail: 'That address belongs to another account.' };
      return has('email') ? { email: failure.error } : {};
    case 'TWO_FACTOR_FAILED':
      return has('backupCode') ? { backupCode: INVALID.backupCode } : only('code', failure.error);
    case 'VALIDATION': {
      const field = SENT_AS.find(([own, sent]) => sent === failure.field && has(own))?.[0];
      const named = field ?? failure.field;
      return isFieldName(named) && has(named) ? { [named]: INVALID[named] } : {};
    }
    default:
      return {};
  }
}

function only(field: FieldName | undefined, text: string): Problems {
  return field ? { [field]: text } : {};
}

function isNoAddress(value: string): boolean {
  return !/^\S+@\S+$/.test(value.trim());
}

function isEntry(entry: [string, string | undefined]): entry is [FieldName, string] {
  return isFieldName(entry[0]) && entry[1] !== undefined;
}

function isFieldName(field: string | undefined): field is FieldName {
  return field !== undefined && Object.hasOwn(INVALID, field);
}
