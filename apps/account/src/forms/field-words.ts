import type { AuthFailure } from '@mana/shared-auth';

export type FieldName = 'name' | 'email' | 'password';

/** What is wrong with each field, in words; a field that isn't named is fine. */
export type Problems = Partial<Record<FieldName, string>>;

const WRONG: Readonly<Record<FieldName, string>> = {
  name: "That name is too long, or has a character that we can't take.",
  email: "That isn't a full email address. One looks like anna@example.org.",
  password: 'That password is longer than we can take.',
};

const EMPTY: Readonly<Record<FieldName, string>> = {
  name: 'Enter your name.',
  email: 'Enter your email address.',
  password: 'Enter your password.',
};

/** The fields that are left empty, and an address that can't be one. The server judges the rest. */
export function findProblems(values: Partial<Record<FieldName, string>>): Problems {
  const problems: Problems = {};
  const { name, email, password } = values;
  if (name !== undefined && name.trim() === '') problems.name = EMPTY.name;
  if (email !== undefined) {
    if (email.trim() === '') problems.email = EMPTY.email;
    else if (!/^\S+@\S+$/.test(email.trim())) problems.email = WRONG.email;
  }
  if (password === '') problems.password = EMPTY.password;
  return problems;
}

/** The field beside which a failure belongs; none for what isn't about one field. */
export function problemsOf(failure: AuthFailure): Problems {
  switch (failure.code) {
    case 'INVALID_CREDENTIALS':
    case 'WEAK_PASSWORD':
      return { password: failure.error };
    case 'EMAIL_ALREADY_REGISTERED':
      return { email: failure.error };
    case 'VALIDATION':
      return isFieldName(failure.field) ? { [failure.field]: WRONG[failure.field] } : {};
    default:
      return {};
  }
}

function isFieldName(field: string | undefined): field is FieldName {
  return field !== undefined && Object.hasOwn(WRONG, field);
}
