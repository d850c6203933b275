import type { AuthFailure } from '@mana/shared-auth';
import { isOurFault } from './next-step.ts';

/** Calm blue is ours, red is theirs. Never mixed up. */
export type Tone = 'calm' | 'danger';

export interface FailureText {
  readonly tone: Tone;
  readonly title: string;
  readonly text: string;
  /** Then the network decides when it goes on, and no countdown. */
  readonly isOffline?: boolean;
  /** Then the title goes on with how long, as in "… is paused for 29 min". */
  readonly showsWaitInTitle?: boolean;
}

/** A lock stops whoever guesses, and leaves its owner other ways in. */
const STILL_OPEN =
  'Too many wrong tries. Another device of yours still lets you in, and so does a password reset.';
const STILL_OPEN_WITH_PASSKEYS =
  'Too many wrong tries. Another device of yours still lets you in, and so do a passkey and a password reset.';

/** For a passkey that was removed here, and is still there on the device. */
const NOT_KEPT =
  "It doesn't belong to an account any more. Use another one, or sign in with your password.";

/** Of a vault, which the page then shows anew, and of a note. */
const CHANGED_ELSEWHERE =
  'Another device or another tab was first, so nothing was done here. Look at it as it is now, and try again if you still want it.';

/** What holds for every form, and what a person wants to know first. */
export const NOTHING_COUNTED = 'Nothing you typed was wrong, and nothing was counted against you.';

/** What is so while a failure is told. */
interface Circumstances {
  readonly isOnline: boolean;
  /** What stays true in spite of it. */
  readonly reassurance: string;
  readonly offersPasskeys: boolean;
}

/** Says a failure in words for people, without a code. */
export function describeFailure(failure: AuthFailure, circumstances: Circumstances): FailureText {
  if (isOurFault(failure)) return { tone: 'calm', ...describeOurs(failure, circumstances) };
  return { tone: 'danger', ...describeTheirs(failure, circumstances) };
}

function describeTheirs(
  failure: AuthFailure,
  { offersPasskeys }: Circumstances,
): Omit<FailureText, 'tone'> {
  const { code, error: text, retryAfterSec, unknownCredential } = failure;
  switch (code) {
    case 'ACCOUNT_LOCKED':
      return {
        title: 'Password sign-in is paused',
        text: offersPasskeys ? STILL_OPEN_WITH_PASSKEYS : STILL_OPEN,
        showsWaitInTitle: true,
      };
    case 'EMAIL_NOT_VERIFIED':
    case 'REAUTHENTICATION_REQUIRED':
      return { title: 'One step is missing', text };
    case 'VAULT_CONFLICT':
      return { title: 'Changed somewhere else', text: CHANGED_ELSEWHERE };
    case 'PASSKEY_VERIFICATION_FAILED':
      return { title: "That passkey didn't work", text: unknownCredential ? NOT_KEPT : text };
    default:
      return { title: retryAfterSec === undefined ? "That didn't work" : 'A short break', text };
  }
}

function describeOurs(
  failure: AuthFailure,
  { isOnline, reassurance }: Circumstances,
): Omit<FailureText, 'tone'> {
  if (!isOnline) {
    const text = `We carry on as soon as you are connected. ${reassurance}`;
    return { title: "You're offline", text, isOffline: true };
  }
  const title = 'This one is on us';
  if (failure.code === 'INTERNAL') {
    return { title, text: `Something went wrong on our side. ${reassurance}` };
  }
  // Without a request id no answer came, so it isn't known what is down; with one, the server said it.
  const what =
    failure.requestId === undefined
      ? "We can't be reached right now."
      : "A part of our service isn't answering.";
  return { title, text: `${what} ${reassurance}` };
}

/** A wait in words: seconds while they can be counted, then minutes and hours, rounded up. */
export function formatWait(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
