import { setImmediate as tick } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { toFailure } from '../../transport/auth-failure.ts';
import { succeed } from '../../transport/result.ts';
import { createCeremonyQueue } from './ceremony-queue.ts';

/** Waits for its signal, and takes a little longer to end, as a browser does. */
function wait(log: string[], name: string) {
  return (signal: AbortSignal) =>
    new Promise<ReturnType<typeof toFailure>>((resolve) => {
      log.push(`${name} begins`);
      signal.addEventListener('abort', () =>
        setTimeout(() => {
          log.push(`${name} ends`);
          resolve(toFailure('INTERNAL'));
        }, 5),
      );
    });
}

it('ends the pending ceremony, and begins when that one is over', async () => {
  const queue = createCeremonyQueue();
  const log: string[] = [];
  const offered = queue.run({ isOffer: true }, wait(log, 'offer'));
  await tick();
  const asked = queue.run({}, async () => {
    log.push('button');
    return succeed('done');
  });
  expect(await offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(await asked).toEqual(succeed('done'));
  expect(log).toEqual(['offer begins', 'offer ends', 'button']);
});

it('runs only the newest of three', async () => {
  const queue = createCeremonyQueue();
  const log: string[] = [];
  const first = queue.run({}, wait(log, 'first'));
  await tick();
  const second = queue.run({}, wait(log, 'second'));
  const third = queue.run({}, async () => succeed(3));
  expect(await first).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(await second).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(await third).toEqual(succeed(3));
  expect(log).toEqual(['first begins', 'first ends']);
});

it("doesn't let an offer end what the user requested", async () => {
  const queue = createCeremonyQueue();
  const asked = Promise.withResolvers<ReturnType<typeof succeed<string>>>();
  const running = queue.run({}, () => asked.promise);
  expect(await queue.run({ isOffer: true }, async () => succeed('never'))).toMatchObject({
    code: 'PASSKEY_CANCELLED',
  });
  asked.resolve(succeed('done'));
  expect(await running).toEqual(succeed('done'));
  expect(await queue.run({ isOffer: true }, async () => succeed('now'))).toEqual(succeed('now'));
});

it("keeps a success from before the end, and the failure of a ceremony that wasn't ended", async () => {
  const queue = createCeremonyQueue();
  const chosen = queue.run({ isOffer: true }, async () => succeed('chosen'));
  await tick();
  queue.stop();
  expect(await chosen).toEqual(succeed('chosen'));
  const failed = queue.run({}, async () => toFailure('SERVICE_UNAVAILABLE'));
  expect(await failed).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
});

it("ends with its caller's signal, and never begins after it", async () => {
  const queue = createCeremonyQueue();
  const log: string[] = [];
  const { signal, abort } = toParts(new AbortController());
  const offered = queue.run({ isOffer: true, signal }, wait(log, 'offer'));
  await tick();
  abort();
  expect(await offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(await queue.run({ signal }, wait(log, 'late'))).toMatchObject({
    code: 'PASSKEY_CANCELLED',
  });
  expect(log).toEqual(['offer begins', 'offer ends']);
});

function toParts(controller: AbortController) {
  return { signal: controller.signal, abort: () => controller.abort() };
}
