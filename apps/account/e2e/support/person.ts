import type { Page } from 'playwright-core';
import type { RunningServer } from './running-server.ts';

/** Somebody who signs up for an account. */
export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** Somebody with that name and an address made from it. */
export function inventPerson(name: string): Person {
  return { name, email: `${name.toLowerCase()}@example.org`, password: 'correct horse battery' };
}

/** Fills in the sign-up form, without sending it. */
export async function fillSignUp(page: Page, { name, email, password }: Person): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
}

/** Fills in the sign-in form, without sending it. */
export async function fillSignIn(
  page: Page,
  { email, password }: Pick<Person, 'email' | 'password'>,
): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
}

/** Opens the link that confirms an address, and presses its button. */
export async function followLink(page: Page, link: string | undefined): Promise<void> {
  await page.goto(link ?? '');
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await page.getByText('Your email address is confirmed').waitFor();
}

/** Signs up and confirms the address; the page is then at the sign-in. */
export async function join(server: RunningServer, page: Page, person: Person): Promise<void> {
  await page.goto(`${server.url}/sign-up`);
  await fillSignUp(page, person);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Check your email' }).waitFor();
  const link = await server.findLink(person.email);
  if (!link) throw new Error(`No mail for ${person.email}`);
  await followLink(page, link);
}

/** Completes the first step of a sign-in and waits for the second. */
export async function signInHalfway(page: Page, person: Person): Promise<void> {
  await page.goto('/sign-in');
  await fillSignIn(page, person);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
}

/** Signs in from the sign-in page and waits for the profile. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await fillSignIn(page, person);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Your profile' }).waitFor();
}

/** Opens the security page of somebody who is signed in. */
export async function openSecurity(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Security', exact: true }).click();
  await page.getByText('this device').waitFor();
}

/** Signs out and waits for the sign-in page. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Profile' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText("You're signed out").waitFor();
}
