import type { OutputOf } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { getAssertion } from './browser/call-browser.ts';
import type { AuthenticationResponse } from './browser/credential-json.ts';
import type { PasskeyPlatform } from './browser/passkey-platform.ts';

type Options = AuthResult<OutputOf<'passkeys.authenticateOptions'>>;

export interface AutofillDependencies {
  readonly platform: PasskeyPlatform;
  readonly fetchOptions: (signal: AbortSignal) => Promise<Options>;
  readonly now: () => number;
}

/** A challenge lives five minutes at the server; nobody should choose a passkey in vain. */
const RENEW_AFTER_MS = 4 * 60_000;
/** After an outage, or a limit that doesn't say how long. */
const RETRY_AFTER_MS = 60_000;
/** How often to read the clock: timers stand still while a machine sleeps, and its clock doesn't. */
const LOOK_EVERY_MS = 15_000;

/**
 * Offers passkeys in the browser's autofill until one is chosen or the signal ends it. The challenge is
 * renewed before it expires, except while nobody sees the page. An outage meanwhile is waited out.
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

/** New options as soon as the old ones are stale and somebody sees the page; undefined once ended. */
async function renew(
  { platform, fetchOptions, now }: AutofillDependencies,
  { calledAtMs, signal }: { readonly calledAtMs: number; readonly signal: AbortSignal },
): Promise<{ readonly calledAtMs: number; readonly options: Options } | undefined> {
  let dueAtMs = calledAtMs + RENEW_AFTER_MS;
  while (!signal.aborted) {
    await nextLook(platform, signal);
    if (signal.aborted || platform.isHidden() || now() < dueAtMs) continue;
    const renewedAtMs = now();
    const options = await fetchOptions(signal);
    if (options.success || !options.retryable) return { calledAtMs: renewedAtMs, options };
    dueAtMs = now() + Math.max(RETRY_AFTER_MS, (options.retryAfterSec ?? 0) * 1000);
  }
  return undefined;
}

/** Waits a little; a page that is seen again, and a signal that is aborted, end it. */
function nextLook({ page }: PasskeyPlatform, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const listening = new AbortController();
    const timer = setTimeout(end, LOOK_EVERY_MS);
    page.addEventListener('visibilitychange', end, { signal: listening.signal });
    signal.addEventListener('abort', end, { signal: listening.signal });
    function end(): void {
      clearTimeout(timer);
      listening.abort();
      resolve();
    }
  });
}
