/** Prints what signing in with a passkey costs beside the verification itself. */
import { once } from 'node:events';
import { openBenchGround } from './support/bench-environment.ts';
import { eachOncePerSecond } from './support/http-load.ts';
import { createPasskeyUser, type PasskeyUser } from './support/passkey-user.ts';
import { printHead, printRatio } from './support/rounds.ts';

const AT_ONCE = 8;
/** More than a server here answers; what is left over is dropped. */
const MOST_PER_MILLISECOND = 2;

const ground = await openBenchGround();
let user: PasskeyUser | undefined;
try {
  const database = await ground.createDatabase('mana_bench_passkeys');
  const { origin } = await ground.start('mana', database);
  const verifier = (await ground.start('webauthn')).process;
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
  await ground.close();
}
