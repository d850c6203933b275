/** Prints what releasing a key costs, compared with sending its statements one by one. */
import { openBenchEnvironment } from './support/bench-environment.ts';
import { countPerSecond, printHead, printRatio } from './support/rounds.ts';
import { openVaultBench, type VaultBench } from './support/vault-user.ts';

const AT_ONCE = 1;

const environment = await openBenchEnvironment();
let bench: VaultBench | undefined;
try {
  bench = await openVaultBench(await environment.createDatabase('mana_bench_vault'));
  printHead();
  await printRatio({
    what: '`vault.key` in process',
    reference: 'begin, set_config, select, insert, commit on the same pool',
    goal: { atLeast: 2.5 },
    subject: countPerSecond(AT_ONCE, bench.fetchKey),
    against: countPerSecond(AT_ONCE, bench.runStatements),
  });
  await printRatio({
    what: 'the function call of `vault.key` alone',
    reference: 'the same statements',
    goal: { atLeast: 2.5 },
    subject: countPerSecond(AT_ONCE, bench.runFunction),
    against: countPerSecond(AT_ONCE, bench.runStatements),
  });
} finally {
  await bench?.close();
  await environment.close();
}
