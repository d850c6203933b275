import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // What the tests import is loaded once for each worker and not for each file.
    isolate: false,
    maxWorkers: '100%',
    // A limit for what never ends, and no measure of what should be fast.
    testTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
