import type { OutputOf } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { getAssertion } from './browser/call-browser.ts';
import type { AuthenticationResponse } from './browser/credential-json.ts';
import type { PasskeyPlatform } from './browser/passkey-platform.ts';

type Options = AuthResult<OutputOf<'passkeys.authenticateOptions'>>;

/** What an offer in the autofill is built from. */
export interface AutofillDependencies {
  readonly platform: PasskeyPlatform;
  readonly fetchOptions: (signal: AbortSignal) => Promise<Options>;
  readonly now: () => number;
}

/** A challenge lives five minutes on the server; nobody should choose a passkey in vain. */
const RENEW_AFTER_MS = 4 * 60_000;
/** After an outage, or a rate limit that doesn't say how long to wait. */
const RETRY_AFTER_MS = 60_000;
/** How often to read the clock: timers stop while a machine sleeps, and its clock doesn't. */
const CHECK_EVERY_MS = 15_000;

/**
 * Offers passkeys in the browser's autofill until one is chosen or the signal ends it. Renews the
 * challenge before it expires, except while the page is hidden, and waits out an outage meanwhile.
 */
export async function offerInAutofill(
  dependencies: AutofillDependencies,
  signal: AbortSignal,
): Promise<AuthResult<AuthenticationResponse>> {
  const { platform, fetchOptions, now } = dependencies;
  let calledAtMs = now();
  let options = await fetchOptions(signal);
  while (options.success) {
    const offer = new AbortController();
    const both = AbortSignal.any([signal, offer.signal]);
    const chosen = getAssertion(platform, options.data, { signal: both, mediation: 'conditional' });
    const renewed = renew(dependencies, { calledAtMs, signal: both });
    const first = await Promise.race([chosen, renewed]);
    offer.abort();
    if (!first || !('calledAtMs' in first)) return chosen;
    await chosen;
    ({ calledAtMs, options } = first);
  }
  return options;
}

/** New options once the old ones are stale and the page is visible; undefined once the signal is aborted. */
async function renew(
  { platform, fetchOptions, now }: AutofillDependencies,
  { calledAtMs, signal }: { readonly calledAtMs: number; readonly signal: AbortSignal },
): Promise<{ readonly calledAtMs: number; readonly options: Options } | undefined> {
  let dueAtMs = calledAtMs + RENEW_AFTER_MS;
  while (!signal.aborted) {
    await nextCheck(platform, signal);
    if (signal.aborted || platform.isHidden() || now() < dueAtMs) continue;
    const renewedAtMs = now();
    const options = await fetchOptions(signal);
    if (options.success || !options.retryable) return { calledAtMs: renewedAtMs, options };
    dueAtMs = now() + Math.max(RETRY_AFTER_MS, (options.retryAfterSec ?? 0) * 1000);
  }
  return undefined;
}

/** Waits a little, or until the page becomes visible again or the signal is aborted. */
function nextCheck({ page }: PasskeyPlatform, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const listening = new AbortController();
    const timer = setTimeout(end, CHECK_EVERY_MS);
    page.addEventListener('visibilitychange', end, { signal: listening.signal });
    signal.addEventListener('abort', end, { signal: listening.signal });
    function end(): void {
      clearTimeout(timer);
      listening.abort();
      resolve();
    }
  });
}
