import type { AuthFailure } from '@mana/shared-auth';

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

/** What is typed into the fields of one form. */
export type FieldValues = Partial<Record<FieldName, string>>;

/** What is wrong with each field, in words; a field that isn't named is fine. */
export type Problems = Partial<Record<FieldName, string>>;

/** For who chose a password that is too weak, beside what the server says about it. */
export const WEAK_HINT = 'Three or four words in a row make a good one.';

const NO_ADDRESS = "That isn't a full email address. One looks like anna@example.org.";
const NO_NAME = "That name is too long, or has a character that we can't take.";
const TOO_LONG = 'That password is longer than we can take.';

const WRONG: Readonly<Record<FieldName, string>> = {
  name: NO_NAME,
  passkeyName: NO_NAME,
  email: NO_ADDRESS,
  newEmail: NO_ADDRESS,
  password: TOO_LONG,
  currentPassword: TOO_LONG,
  newPassword: TOO_LONG,
  code: 'The code has six digits.',
  backupCode: "That isn't one of your codes that are left. Each of them works once.",
  recoveryCode: "That isn't a valid recovery code.",
  noteTitle: 'That title is longer than we can take.',
  noteBody: 'That is more than fits into one note. Move a part of it to another.',
  confirmation: "That isn't the address of this account.",
};

const EMPTY: Readonly<Record<FieldName, string>> = {
  name: 'Enter your name.',
  passkeyName: 'Enter a name that you know it by.',
  email: 'Enter your email address.',
  newEmail: 'Enter your new email address.',
  password: 'Enter your password.',
  currentPassword: 'Enter the password that you have now.',
  newPassword: 'Enter a new password.',
  code: 'Enter the code.',
  backupCode: 'Enter one of your backup codes.',
  recoveryCode: 'Enter the recovery code.',
  noteTitle: 'Give it a title.',
  noteBody: 'Write something first.',
  confirmation: 'Enter the address of this account.',
};

/** Fields that the server knows by the name of another. */
const SENT_AS: readonly (readonly [FieldName, string])[] = [
  ['backupCode', 'code'],
  ['passkeyName', 'name'],
  ['noteTitle', 'title'],
];

/** What can be seen to be wrong before anything is sent. The server judges the rest. */
const LOOKS_WRONG: Partial<Record<FieldName, (value: string) => boolean>> = {
  email: isNoAddress,
  newEmail: isNoAddress,
  // A slip of the finger doesn't count as a wrong code.
  code: (value) => !/^\d{6}$/.test(value.replace(/\s/g, '')),
};

/** Spaces alone are a password, and nothing else. */
const TAKEN_AS_IT_IS: readonly FieldName[] = ['password', 'currentPassword', 'newPassword'];

/** The fields that are left empty, and what can't be an address or a code. */
export function findProblems(values: FieldValues): Problems {
  const problems: Problems = {};
  for (const [field, value] of Object.entries(values).filter(isEntry)) {
    const isEmpty = (TAKEN_AS_IT_IS.includes(field) ? value : value.trim()) === '';
    if (isEmpty) problems[field] = EMPTY[field];
    else if (LOOKS_WRONG[field]?.(value)) problems[field] = WRONG[field];
  }
  return problems;
}

/** The field of this form beside which a failure belongs; none for what isn't about one field. */
export function findFailureProblems(failure: AuthFailure, values: FieldValues): Problems {
  const has = (field: FieldName) => field in values;
  // What is wrong with it is found on this device, in words to be shown.
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
      return has('backupCode') ? { backupCode: WRONG.backupCode } : only('code', failure.error);
    case 'VALIDATION': {
      const field = SENT_AS.find(([own, sent]) => sent === failure.field && has(own))?.[0];
      const named = field ?? failure.field;
      return isFieldName(named) && has(named) ? { [named]: WRONG[named] } : {};
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
  return field !== undefined && Object.hasOwn(WRONG, field);
}
