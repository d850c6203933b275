import { setImmediate as tick } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { toFailure } from '../../transport/auth-failure.ts';
import { succeed } from '../../transport/result.ts';
import { createCeremonyTurns } from './ceremony-queue.ts';

/** Waits for its signal, and a little longer to end, as a browser does. */
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

it('ends the ceremony before, and begins when that one is over', async () => {
  const turns = createCeremonyTurns();
  const log: string[] = [];
  const offered = turns.take({ kind: 'offered' }, wait(log, 'offer'));
  await tick();
  const asked = turns.take({ kind: 'asked' }, async () => {
    log.push('button');
    return succeed('done');
  });
  expect(await offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(await asked).toEqual(succeed('done'));
  expect(log).toEqual(['offer begins', 'offer ends', 'button']);
});

it('runs only the newest of three', async () => {
  const turns = createCeremonyTurns();
  const log: string[] = [];
  const first = turns.take({ kind: 'asked' }, wait(log, 'first'));
  await tick();
  const second = turns.take({ kind: 'asked' }, wait(log, 'second'));
  const third = turns.take({ kind: 'asked' }, async () => succeed(3));
  expect(await first).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(await second).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(await third).toEqual(succeed(3));
  expect(log).toEqual(['first begins', 'first ends']);
});

it("doesn't let an offer end what the user asked for", async () => {
  const turns = createCeremonyTurns();
  const asked = Promise.withResolvers<ReturnType<typeof succeed<string>>>();
  const running = turns.take({ kind: 'asked' }, () => asked.promise);
  expect(await turns.take({ kind: 'offered' }, async () => succeed('never'))).toMatchObject({
    code: 'PASSKEY_CANCELLED',
  });
  asked.resolve(succeed('done'));
  expect(await running).toEqual(succeed('done'));
  expect(await turns.take({ kind: 'offered' }, async () => succeed('now'))).toEqual(succeed('now'));
});

it("keeps a success that was there before the end, and the failure of a ceremony that wasn't ended", async () => {
  const turns = createCeremonyTurns();
  const chosen = turns.take({ kind: 'offered' }, async () => succeed('chosen'));
  await tick();
  turns.stop();
  expect(await chosen).toEqual(succeed('chosen'));
  const failed = turns.take({ kind: 'asked' }, async () => toFailure('SERVICE_UNAVAILABLE'));
  expect(await failed).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
});

it('ends with the signal of its caller, and never begins after it', async () => {
  const turns = createCeremonyTurns();
  const log: string[] = [];
  const { signal, abort } = toParts(new AbortController());
  const offered = turns.take({ kind: 'offered', signal }, wait(log, 'offer'));
  await tick();
  abort();
  expect(await offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(await turns.take({ kind: 'asked', signal }, wait(log, 'late'))).toMatchObject({
    code: 'PASSKEY_CANCELLED',
  });
  expect(log).toEqual(['offer begins', 'offer ends']);
});

function toParts(controller: AbortController) {
  return { signal: controller.signal, abort: () => controller.abort() };
}
