/** Prints how much of a rewrap's speed its cryptography costs. */
import { openBenchEnvironment } from './support/bench-environment.ts';
import {
  type CreateProvider,
  openRewrap,
  withCryptography,
  withoutCryptography,
} from './support/rewrap-environment.ts';
import { isSmoke, printHead, printRatio } from './support/rounds.ts';

const VAULTS = isSmoke ? 200 : 5000;

const environment = await openBenchEnvironment();
const opened: Awaited<ReturnType<typeof openRewrap>>[] = [];
try {
  const real = await open('mana_bench_rewrap', withCryptography);
  const bare = await open('mana_bench_moved', withoutCryptography);
  printHead();
  await printRatio({
    what: 'rewrap, vaults a second',
    reference: 'the same batched UPDATE without cryptography',
    goal: { atLeast: 0.5 },
    subject: real.run,
    against: bare.run,
  });
} finally {
  for (const { close } of opened) await close();
  await environment.close();
}

async function open(name: string, createProvider: CreateProvider) {
  const rewrap = await openRewrap(await environment.createDatabase(name), VAULTS, createProvider);
  opened.push(rewrap);
  return rewrap;
}
