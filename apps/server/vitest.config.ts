import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['@mana/db/testing/global-setup'],
    // What the server imports is loaded once for each worker and not for each file.
    isolate: false,
    maxWorkers: 2,
    // Limits for what never ends, and no measure of what should be fast.
    hookTimeout: 120_000,
    testTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
