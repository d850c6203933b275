import {
  type AuthClientDependencies,
  assembleAuthClient,
} from '../src/client/assemble-auth-client.ts';

/** A client like that of a page without other tabs, except for what the test changes. */
export function createTestClient(url: string, changes: Partial<AuthClientDependencies> = {}) {
  return assembleAuthClient({
    url,
    fetch,
    tabPlatform: {},
    passkeyPlatform: undefined,
    vaultPlatform: { indexedDb: undefined, sleep: async () => undefined },
    now: () => Date.now(),
    requestTimeoutMs: 5_000,
    ...changes,
  });
}

/** The data of a success. A failure fails the test, with its message. */
export function dataOf<T>(
  result: { success: true; data: T } | { success: false; code: string; error: string },
): T {
  if (!result.success) throw new Error(`${result.code}: ${result.error}`);
  return result.data;
}
