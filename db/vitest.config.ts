import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,testing,migrations}/**/*.test.ts'],
    globalSetup: ['./testing/global-setup.ts'],
    isolate: false,
    maxWorkers: '100%',
    // Limits for what never ends, and no measure of what should be fast.
    hookTimeout: 120_000,
    testTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
