import {
  type AuthClientDependencies,
  assembleAuthClient,
} from '../src/client/assemble-auth-client.ts';

/** A client as a page without other tabs has it, with what a test wants otherwise. */
export function createTestClient(url: string, parts: Partial<AuthClientDependencies> = {}) {
  return assembleAuthClient({
    url,
    fetch,
    tabPlatform: {},
    passkeyPlatform: undefined,
    vaultPlatform: { indexedDb: undefined, sleep: async () => undefined },
    now: () => Date.now(),
    requestTimeoutMs: 5_000,
    ...parts,
  });
}

/** The data of a success; fails the test with what a failure says. */
export function dataOf<T>(
  result: { success: true; data: T } | { success: false; code: string; error: string },
): T {
  if (!result.success) throw new Error(`${result.code}: ${result.error}`);
  return result.data;
}
