import { expect } from 'vitest';
import type { Answer, ApiClient } from './api-client.ts';
import type { Ceremony, SoftwarePasskey } from './software-authenticator.ts';
import type { TestServer } from './test-server.ts';

/** Signs in with a passkey as a page does: options, ceremony, verification. Not held up by the limit. */
export async function signInWithPasskey(
  server: TestServer,
  passkey: SoftwarePasskey,
  { ceremony = {}, client = server.client() }: { ceremony?: Ceremony; client?: ApiClient } = {},
): Promise<Answer> {
  const { challenge } = await requestChallenge(server, 'passkeys.authenticateOptions', client);
  return client.call('passkeys.authenticateVerify', {
    response: passkey.assert(challenge, ceremony),
  });
}

/** The options of a ceremony, which are few for each address while all tests have one. */
export async function requestChallenge(
  server: TestServer,
  path:
    | 'passkeys.authenticateOptions'
    | 'passkeys.registerOptions'
    | 'passkeys.reauthenticateOptions',
  client = server.client(),
  input?: unknown,
): Promise<{ challenge: string; user: { id: string } }> {
  await server.deps.networkRateLimits.clear('passkey-options:127.0.0.1');
  return (await client.expectSuccess(path, input)) as {
    challenge: string;
    user: { id: string };
  };
}

/** Refused as a passkey is, and nobody was signed in or out. */
export function expectPasskeyRefused(answer: Answer): void {
  expect([answer.status, answer.code]).toEqual([401, 'PASSKEY_VERIFICATION_FAILED']);
  expect(answer.headers.getSetCookie()).toEqual([]);
}
