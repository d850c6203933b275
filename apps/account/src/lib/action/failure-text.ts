import type { AuthFailure } from '@mana/shared-auth';
import { isOurFault } from './next-step.ts';

/** Calm blue for our faults, red for the user's. Never mixed up. */
export type Tone = 'calm' | 'danger';

/** A failure as it is shown. */
export interface FailureText {
  readonly tone: Tone;
  readonly title: string;
  readonly text: string;
  /** Then the network decides when to continue, not a countdown. */
  readonly isOffline?: boolean;
  /** Then the title continues with how long, as in "… is paused for 29 min". */
  readonly showsWaitInTitle?: boolean;
}

/** A lock stops somebody who guesses, and leaves the owner other ways in. */
const STILL_OPEN =
  'Too many wrong tries. You can still sign in on a device you have used before, or reset your password.';
const STILL_OPEN_WITH_PASSKEYS =
  'Too many wrong tries. You can still sign in on a device you have used before or with a passkey, or reset your password.';

/** For a passkey that was removed here, and is still on the device. */
const UNKNOWN_PASSKEY =
  'It no longer belongs to an account. Use another one, or sign in with your password.';

/** For a vault, which the page then reads again, and for a note. */
const CHANGED_ELSEWHERE =
  'Another device or tab was first, so nothing was done here. Look at it as it is now, and try again if you still want to.';

/** True for every form, and what a person wants to know first. */
export const NOTHING_COUNTED = 'Nothing you typed was wrong, and nothing was counted against you.';

/** What a message depends on beside the failure. */
interface Circumstances {
  readonly isOnline: boolean;
  /** What is still true in spite of it. */
  readonly reassurance: string;
  readonly offersPasskeys: boolean;
}

/** Puts a failure in plain text, without a code. */
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
      return { title: 'Changed elsewhere', text: CHANGED_ELSEWHERE };
    case 'PASSKEY_VERIFICATION_FAILED':
      return {
        title: "That passkey didn't work",
        text: unknownCredential ? UNKNOWN_PASSKEY : text,
      };
    default:
      return { title: retryAfterSec === undefined ? "That didn't work" : 'A short break', text };
  }
}

function describeOurs(
  failure: AuthFailure,
  { isOnline, reassurance }: Circumstances,
): Omit<FailureText, 'tone'> {
  if (!isOnline) {
    const text = `We'll carry on as soon as you're connected. ${reassurance}`;
    return { title: "You're offline", text, isOffline: true };
  }
  const title = 'This one is on us';
  if (failure.code === 'INTERNAL') {
    return { title, text: `Something went wrong on our side. ${reassurance}` };
  }
  // Without a request id no answer came, so it isn't known what is down; with one, the server said so.
  const what =
    failure.requestId === undefined
      ? "We can't be reached right now."
      : "Part of our service isn't answering.";
  return { title, text: `${what} ${reassurance}` };
}

/** Formats a wait: seconds while they can be counted, then minutes and hours, rounded up. */
export function formatWait(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
