import { setTimeout as sleep } from 'node:timers/promises';
import {
  createSignedIn,
  type FaultServer,
  sendFailure,
  sendResult,
  startFaultServer,
} from '../fault-server.fixture.ts';

export type Answer = object | Failure;
/** A status, a code, and what else the error carries. */
export type Failure = readonly [status: number, code: string, data?: object];

export interface PasskeyServer extends FaultServer {
  /** Answers as usual from now on, except for these procedures, and late where a delay is set. */
  answer(
    changes: Readonly<Record<string, Answer>>,
    delaysMs?: Readonly<Record<string, number>>,
  ): void;
}

/** What a server with passkeys answers. */
const usual: Readonly<Record<string, object>> = {
  'passkeys.capability': { enabled: true, conditionalUIAvailable: true, rpId: 'localhost' },
  'passkeys.authenticateOptions': { challenge: 'AAAA', rpId: 'localhost' },
  'passkeys.authenticateVerify': createSignedIn('ada'),
  'passkeys.reauthenticateOptions': {
    challenge: 'AAAA',
    rpId: 'localhost',
    allowCredentials: [{ id: 'BBBB', type: 'public-key' }],
  },
  'passkeys.reauthenticateVerify': createSignedIn('ada'),
  'passkeys.registerOptions': { challenge: 'AAAA', user: { id: 'AAAA' }, excludeCredentials: [] },
  'passkeys.registerVerify': { passkey: { id: 'one', name: 'Keychain' } },
  'passkeys.list': {
    passkeys: [{ credentialId: 'BBBB' }],
    rpId: 'localhost',
    userHandle: 'CCCC',
  },
  'passkeys.rename': { passkey: { id: 'one', name: 'Phone' } },
  'passkeys.remove': { removed: true },
  'auth.login': createSignedIn('ada'),
  'auth.logout': { signedOut: true },
  'auth.twoFactor.verifyTotp': createSignedIn('ada'),
  'auth.updateProfile': { user: { ...createSignedIn('ada').user, name: 'Ada L.' } },
};

export async function startPasskeyServer(): Promise<PasskeyServer> {
  const server = await startFaultServer();
  function answer(
    changes: Readonly<Record<string, Answer>>,
    delaysMs: Readonly<Record<string, number>> = {},
  ): void {
    server.answerWith(async (call, response) => {
      const answered = { ...usual, ...changes }[call] ?? [404, 'NOT_FOUND'];
      if (delaysMs[call]) await sleep(delaysMs[call]);
      if (!isFailure(answered)) return sendResult(response, answered);
      const [status, code, data] = answered;
      sendFailure(response, status, { code, retryable: status >= 500 }, data);
    });
  }
  answer({});
  return { ...server, answer };
}

function isFailure(answer: Answer): answer is Failure {
  return Array.isArray(answer);
}
