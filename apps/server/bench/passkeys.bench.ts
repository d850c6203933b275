/** Prints what signing in with a passkey costs, compared with the verification alone. */
import { once } from 'node:events';
import { openBenchEnvironment } from './support/bench-environment.ts';
import { eachOncePerSecond } from './support/http-load.ts';
import { createPasskeyUser, type PasskeyUser } from './support/passkey-user.ts';
import { printHead, printRatio } from './support/rounds.ts';

const AT_ONCE = 8;
/** More than any server here can handle; what is left over is dropped. */
const MOST_PER_MILLISECOND = 2;

const environment = await openBenchEnvironment();
let user: PasskeyUser | undefined;
try {
  const database = await environment.createDatabase('mana_bench_passkeys');
  const { origin } = await environment.start('mana', database);
  const verifier = (await environment.start('webauthn')).process;
  user = await createPasskeyUser(origin, database);
  const { prepareSignIns } = user;
  printHead();
  await printRatio({
    what: '`passkeys.authenticateVerify` over HTTP',
    reference: 'the bare verification by the library, in a process of its own',
    goal: { atLeast: 0.5 },
    async subject(milliseconds) {
      const calls = await prepareSignIns(milliseconds * MOST_PER_MILLISECOND);
      return eachOncePerSecond(calls, AT_ONCE)(milliseconds);
    },
    async against(milliseconds) {
      verifier.send({ lanes: AT_ONCE, milliseconds });
      const [perSecond] = await once(verifier, 'message');
      return Number(perSecond);
    },
  });
} finally {
  await user?.close();
  await environment.close();
}
