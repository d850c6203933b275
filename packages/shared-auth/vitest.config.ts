import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['@mana/db/testing/global-setup'],
    // Node loads the server itself, as it does when it runs.
    server: { deps: { external: [/\/(apps\/server|db)\//] } },
    // What the tests import is loaded once for each worker and not for each file.
    isolate: false,
    maxWorkers: '100%',
    // Limits for what never ends, and no measure of what should be fast.
    hookTimeout: 120_000,
    testTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
