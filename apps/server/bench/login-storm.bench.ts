/** Prints how much slower `auth.validate` gets at its slowest while sign-ins take every core. */

import { openBenchEnvironment } from './support/bench-environment.ts';
import {
  callMana,
  createManaUser,
  createReturningUsers,
  EMAIL,
  JSON_HEADERS,
  PASSWORD,
  toBody,
} from './support/bench-user.ts';
import { callsPerSecond } from './support/http-load.ts';
import { duringLoad, percentileMs } from './support/latency.ts';
import { printHead, printRatio } from './support/rounds.ts';

const SIGN_INS_AT_ONCE = 8;
const CALL_EVERY_MS = 4;

const environment = await openBenchEnvironment();
try {
  const database = await environment.createDatabase('mana_bench_storm');
  const { origin } = await environment.start('mana', database);
  await createManaUser(origin);
  const credentials = { email: EMAIL, password: PASSWORD };
  const { accessToken } = (await callMana(origin, 'auth.login', credentials)) as {
    accessToken: string;
  };
  const storm = await createReturningUsers(origin, SIGN_INS_AT_ONCE);
  const validate = percentileMs(
    {
      url: `${origin}/trpc/auth.validate`,
      method: 'POST',
      headers: JSON_HEADERS,
      body: toBody({ token: accessToken }),
    },
    0.99,
    CALL_EVERY_MS,
  );

  printHead();
  await printRatio({
    what: 'p99 of `auth.validate` while logins saturate the machine',
    reference: 'the same, idle',
    goal: { atMost: 3 },
    subject: duringLoad(callsPerSecond(storm), validate),
    against: validate,
  });
} finally {
  await environment.close();
}
