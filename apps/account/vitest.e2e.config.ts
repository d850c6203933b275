import { defineConfig } from 'vitest/config';

/** In a real browser, against a real server; needs a build and /usr/bin/chromium. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each file has a server and a browser of its own.
    maxWorkers: 2,
  },
});
