import { setTimeout as sleep } from 'node:timers/promises';
import {
  createSignedIn,
  type FaultServer,
  sendFailure,
  sendResult,
  startFaultServer,
} from '../fault-server.fixture.ts';

/** A result, or a failure. */
export type Reply = object | Failure;
/** A status, a code, and what else the error contains. */
export type Failure = readonly [status: number, code: string, data?: object];

/** A server with passkeys, whose responses a test may change. */
export interface PasskeyServer extends FaultServer {
  /** Responds as usual from now on, except to these procedures, and late where there is a delay. */
  reply(
    changes: Readonly<Record<string, Reply>>,
    delaysMs?: Readonly<Record<string, number>>,
  ): void;
}

/** What a server with passkeys returns. */
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

/** Starts the server on a port of its own. */
export async function startPasskeyServer(): Promise<PasskeyServer> {
  const server = await startFaultServer();
  function reply(
    changes: Readonly<Record<string, Reply>>,
    delaysMs: Readonly<Record<string, number>> = {},
  ): void {
    server.respondWith(async (call, response) => {
      const replied = { ...usual, ...changes }[call] ?? [404, 'NOT_FOUND'];
      if (delaysMs[call]) await sleep(delaysMs[call]);
      if (!isFailure(replied)) return sendResult(response, replied);
      const [status, code, data] = replied;
      sendFailure(response, status, { code, retryable: status >= 500 }, data);
    });
  }
  reply({});
  return { ...server, reply };
}

function isFailure(reply: Reply): reply is Failure {
  return Array.isArray(reply);
}
