import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  createAssertionFake,
  createPasskeyBrowser,
} from '../../test/passkeys/passkey-browser.fixture.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { type AuthResult, succeed } from '../transport/result.ts';
import { offerInAutofill } from './autofill-offer.ts';

const MINUTE_MS = 60_000;
/** How long the server accepts a challenge. */
const CHALLENGE_TTL_MS = 5 * MINUTE_MS;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Options = { challenge: string };

/** An open page, and a server whose responses a test may change. */
function openPage() {
  const browser = createPasskeyBrowser();
  const issuedAtMs: number[] = [];
  const leaving = new AbortController();
  const page = {
    browser,
    issuedAtMs,
    leave: () => leaving.abort(),
    answer: (): AuthResult<Options> => succeed({ challenge: 'AAAA' }),
    offered: undefined as unknown as ReturnType<typeof offerInAutofill>,
  };
  const dependencies = {
    platform: browser.platform,
    now: () => Date.now(),
    async fetchOptions() {
      issuedAtMs.push(Date.now());
      return page.answer();
    },
  };
  page.offered = offerInAutofill(dependencies, leaving.signal);
  return page;
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

it("offers a challenge that hasn't expired, for as long as the page is open", async () => {
  const { browser, issuedAtMs, offered, leave } = openPage();
  for (let minute = 0; minute < 61; minute += 1) {
    await pass(MINUTE_MS);
    expect(Date.now() - (issuedAtMs.at(-1) ?? 0)).toBeLessThan(CHALLENGE_TTL_MS);
  }
  expect(issuedAtMs.length).toBeLessThanOrEqual(16);
  expect(browser.prompts).toHaveLength(issuedAtMs.length);
  leave();
  expect(await offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
});

it('returns what is chosen, and requests nothing more', async () => {
  const { browser, issuedAtMs, offered } = openPage();
  await pass(9 * MINUTE_MS);
  browser.prompts.at(-1)?.answer(createAssertionFake());
  expect(await offered).toMatchObject({ success: true, data: { type: 'public-key' } });
  const { length } = issuedAtMs;
  await pass(20 * MINUTE_MS);
  expect(issuedAtMs).toHaveLength(length);
  expect(vi.getTimerCount()).toBe(0);
});

it('requests nothing while the page is hidden, and does so at once when it is shown', async () => {
  const { browser, issuedAtMs, leave } = openPage();
  browser.isHidden = true;
  await pass(60 * MINUTE_MS);
  expect(issuedAtMs).toHaveLength(1);
  browser.show();
  await pass(0);
  expect(issuedAtMs).toHaveLength(2);
  browser.show();
  await pass(0);
  expect(issuedAtMs).toHaveLength(2);
  leave();
});

it('notices within seconds that the machine has slept', async () => {
  const { issuedAtMs, leave } = openPage();
  await pass(MINUTE_MS);
  vi.setSystemTime(Date.now() + 8 * 60 * MINUTE_MS);
  await pass(15_000);
  expect(issuedAtMs).toHaveLength(2);
  leave();
});

it('waits out an outage with the options it has, trying once a minute', async () => {
  const page = openPage();
  await pass(MINUTE_MS);
  page.answer = () => toFailure('SERVICE_UNAVAILABLE');
  await pass(13 * MINUTE_MS);
  expect(page.issuedAtMs.length).toBeGreaterThan(5);
  expect(page.issuedAtMs.length).toBeLessThanOrEqual(12);
  expect(page.browser.prompts).toHaveLength(1);
  page.answer = () => succeed({ challenge: 'BBBB' });
  await pass(2 * MINUTE_MS);
  expect(page.browser.prompts).toHaveLength(2);
  expect(page.browser.prompts[1]?.request.publicKey.challenge).toEqual(Uint8Array.of(4, 16, 65));
  page.leave();
});

it('waits as long as a rate limit says', async () => {
  const page = openPage();
  await pass(MINUTE_MS);
  page.answer = () => toFailure('RATE_LIMITED', { retryAfterSec: 600 });
  await pass(12 * MINUTE_MS);
  expect(page.issuedAtMs).toHaveLength(2);
  page.leave();
});

it("ends with the failure of its first request, and with one that waiting doesn't help", async () => {
  const { platform } = createPasskeyBrowser();
  const refusing = {
    platform,
    now: () => Date.now(),
    fetchOptions: async () => toFailure('RATE_LIMITED'),
  };
  const { signal } = new AbortController();
  expect(await offerInAutofill(refusing, signal)).toMatchObject({ code: 'RATE_LIMITED' });

  const page = openPage();
  await pass(MINUTE_MS);
  page.answer = () => toFailure('PASSKEY_NOT_ENABLED');
  await pass(4 * MINUTE_MS);
  expect(await page.offered).toMatchObject({ code: 'PASSKEY_NOT_ENABLED' });
  expect(page.browser.prompts[0]?.request.signal.aborted).toBe(true);
});

it('takes what is chosen while new options are on their way', async () => {
  const page = openPage();
  await pass(MINUTE_MS);
  const late = Promise.withResolvers<AuthResult<Options>>();
  page.answer = () => late.promise as never;
  await pass(4 * MINUTE_MS);
  expect(page.issuedAtMs).toHaveLength(2);
  page.browser.prompts[0]?.answer(createAssertionFake());
  expect(await page.offered).toMatchObject({ success: true });
  late.resolve(succeed({ challenge: 'BBBB' }));
  await pass(MINUTE_MS);
  expect(page.browser.prompts).toHaveLength(1);
});

it("ends with the browser's failure, and leaves nothing behind", async () => {
  const { browser, offered } = openPage();
  await pass(0);
  browser.prompts[0]?.refuse('SecurityError');
  expect(await offered).toMatchObject({ code: 'PASSKEY_NOT_ENABLED' });
  expect(vi.getTimerCount()).toBe(0);
});
