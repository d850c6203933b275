import { defineConfig } from 'vitest/config';

/** In a real browser, against a real server; needs a build and /usr/bin/chromium. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    // Limits for what never ends, and no measure of what should be fast.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    // Each file has a server and a browser of its own.
    maxWorkers: 2,
  },
});
