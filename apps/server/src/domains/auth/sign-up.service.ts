import { AuthError } from '@mana/auth-core/errors/auth-error';
import { classifyWithFaults } from '@mana/auth-core/errors/classify-from-error';
import type { CallContext } from '../../trpc/context.ts';
import { addressTakenMail } from './auth.mails.ts';
import { mailVerificationLink } from './email-verification.service.ts';
import { notBefore } from './not-before.ts';
import { findUserByEmail } from './users.repository.ts';

/** Longer than a hash and all statements of a sign-up take together on a machine that isn't overloaded. */
const CONCEALED_ANSWER_MS = 300;

export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly callbackURL?: string | undefined;
}

/** The same for everybody where accounts are concealed, so it names no user. */
export interface Registered {
  readonly email: string;
  readonly verificationRequired: true;
}

/**
 * Makes an account and mails a link that proves the address; nobody is signed in before.
 *
 * Throws EMAIL_ALREADY_REGISTERED, unless accounts are concealed: then a taken address answers like a
 * fresh one, in the same time, and its owner gets a mail. An address that was never confirmed gets
 * another link, so that nobody is stuck whose first sign-up was cut short. Throws WEAK_PASSWORD.
 */
export async function register(call: CallContext, input: Registration): Promise<Registered> {
  const { config } = call.deps;
  if (!config.concealAccounts) return createAccount(call, input);
  return notBefore(CONCEALED_ANSWER_MS, () => createAccount(call, input));
}

async function createAccount(call: CallContext, input: Registration): Promise<Registered> {
  const { auth, config, db, mailer } = call.deps;
  const { email, password, name, callbackURL } = input;
  if (password.length < config.passwordMinLength) {
    const message = `Choose a password of at least ${config.passwordMinLength} characters.`;
    throw new AuthError('WEAK_PASSWORD', { message, path: 'password' });
  }
  const createdId = await signUp();
  const owner = await findUserByEmail(db, email);
  if (!owner) throw new AuthError('INTERNAL', { cause: new Error('A new user is not there') });

  const isTaken = owner.id !== createdId;
  if (!owner.email_verified) {
    await mailVerificationLink(call.deps, owner, callbackURL);
  } else if (config.concealAccounts) {
    mailer.send(addressTakenMail({ to: owner.email, signInUrl: `${config.baseUrl}/sign-in` }));
  }
  if (isTaken && !config.concealAccounts) throw new AuthError('EMAIL_ALREADY_REGISTERED');
  return { email, verificationRequired: true };

  /**
   * The id of the new user. For a taken address Better Auth answers an id of nobody, or, if somebody
   * else took it in the same moment, FAILED_TO_CREATE_USER, which here becomes null.
   */
  async function signUp(): Promise<string | null> {
    try {
      const { user } = await auth.api.signUpEmail({ body: { email, password, name } });
      return user.id;
    } catch (error) {
      const failure = classifyWithFaults(error, call.seenFaults());
      if (failure.code !== 'INTERNAL' || !(await findUserByEmail(db, email))) throw failure;
      return null;
    }
  }
}
