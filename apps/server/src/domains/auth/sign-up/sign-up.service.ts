import { randomUUID } from 'node:crypto';
import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { NewUser, User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
import { pageUrl } from '../../../config/account-pages.ts';
import { checkPassword } from '../../../passwords/password-policy.ts';
import { withMinimumDuration } from '../../../timing-equalisation/minimum-duration.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { findStoredPassword, insertPassword } from '../credentials.repository.ts';
import { displayEmail } from '../email-address.ts';
import { getCallbackPage } from '../tokens/callback-page.ts';

import {
  deleteUser,
  findUserByEmail,
  insertUser,
  releaseDeletedAddress,
} from '../users.repository.ts';
import { resetUnverifiedAccount } from './contested-account.ts';

import {
  mailVerificationLink,
  storeNobodysToken,
  VERIFICATION_TTL_SECONDS,
} from './email-verification.service.ts';
import { addressTakenMail } from './sign-up.mails.ts';
import { rememberSignUp } from './sign-up-browser.ts';
import { reserveSignup } from './signup-cap.service.ts';

/** Longer than the hashes and all statements of a sign-up take on a machine that isn't overloaded. */
const CONCEALED_SIGN_UP_MS = 300;
/** Later nobody remembers what it was about. */
const TAKEN_TTL_SECONDS = 24 * 60 * 60;

interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly callbackURL?: string | undefined;
}

/** Where accounts are concealed, it is the same for everybody, so it names no user. */
interface Registered {
  readonly email: string;
  readonly verificationRequired: true;
}

/**
 * Makes an account and mails a link that proves the address; nobody is signed in before that.
 *
 * Throws EMAIL_ALREADY_REGISTERED, unless accounts are concealed: then a taken address gets the same response
 * as a free one, in the same time, and its owner gets a mail. Throws WEAK_PASSWORD, VALIDATION for a
 * `callbackURL` that isn't a named page, and SIGNUP_LIMIT_REACHED once the day's accounts are made, whatever
 * the address.
 */
export async function register(call: CallContext, input: Registration): Promise<Registered> {
  const { config } = call.deps;
  const { email, password, name } = input;
  const callbackURL = getCallbackPage(config, input.callbackURL);
  checkPassword(password, { minLength: config.passwordMinLength }, { email, name });
  if (config.concealAccounts)
    await withMinimumDuration(CONCEALED_SIGN_UP_MS, () => signUp(call, { ...input, callbackURL }));
  else await signUp(call, { ...input, callbackURL });
  return { email: displayEmail(email), verificationRequired: true };
}

async function signUp(call: CallContext, input: Registration): Promise<void> {
  const { config, db } = call.deps;
  const created = await createAccount(call, input);
  if (created) {
    await rememberSignUp(call, created.id, VERIFICATION_TTL_SECONDS);
    return mailVerificationLink(call.deps, created, input.callbackURL);
  }
  const holder = await findUserByEmail(db, input.email);
  const isOwn = holder && !holder.deleted_at && (await mailHolder(call, holder, input));
  await rememberSignUp(call, isOwn ? holder.id : undefined, VERIFICATION_TTL_SECONDS);
  if (!config.concealAccounts) throw new AuthError('EMAIL_ALREADY_REGISTERED');
}

/** The user and their password, both or neither; undefined if the address is taken. */
async function createAccount(
  { deps }: CallContext,
  { email, password, name }: Registration,
): Promise<User | undefined> {
  const { config, db, now, passwordHasher } = deps;
  // Before the transaction: nobody holds a connection while they wait for a hash.
  const hash = await passwordHasher.hash(password);
  return db.transaction().execute(async (trx) => {
    const reservation = await reserveSignup(trx, deps);
    if (config.reuseDeletedAddresses) await releaseDeletedAddress(trx, email);
    const at = now();
    const id = randomUUID();
    const account = { id, email, name, created_at: at, updated_at: at };
    const user = await insertUser(trx, account);
    if (user) await insertPassword(trx, id, { hash, now: at });
    // Where accounts are concealed, the count would tell a taken address from a free one.
    else if (config.concealAccounts) await insertNobody(trx, account, hash);
    else await reservation.release();
    return user;
  });
}

/** What a new account writes, to no effect: a fault in there must not tell a taken address from a free one. */
async function insertNobody(
  trx: Transaction<Database>,
  account: NewUser & { readonly id: string; readonly created_at: Date },
  hash: string,
): Promise<void> {
  const { id, created_at: now } = account;
  await insertUser(trx, { ...account, email: `${id}@nobody.invalid` });
  await insertPassword(trx, id, { hash, now });
  await deleteUser(trx, id);
}

/**
 * Mails whoever has the address already. Nobody is stuck whose first sign-up was cut short: the same password
 * gets another link, and the answer is true. Another password resets the account, as long as it is no more
 * than a sign-up; the owner of any other hears of it.
 */
async function mailHolder(
  { deps }: CallContext,
  holder: User,
  { password, callbackURL }: Registration,
): Promise<boolean> {
  const { config, db, mailer, passwordHasher } = deps;
  if (!holder.email_verified) {
    const stored = await findStoredPassword(db, holder.id);
    if (stored && (await passwordHasher.verify({ hash: stored.hash, password }))) {
      await mailVerificationLink(deps, holder, callbackURL);
      return true;
    }
    if (await resetUnverifiedAccount(deps, holder)) return false;
  }
  if (config.concealAccounts) {
    const { email: to } = holder;
    const mail = addressTakenMail({ to, signInUrl: pageUrl(config.baseUrl, 'signIn') });
    const told = { kind: 'address-taken', to, mail, ttlSeconds: TAKEN_TTL_SECONDS } as const;
    await db.transaction().execute(async (trx) => {
      await mailer.queue(trx, told);
      await storeNobodysToken(deps, trx, to);
    });
  }
  return false;
}
