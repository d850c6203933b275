import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,testing,migrations}/**/*.test.ts'],
    globalSetup: ['./testing/global-setup.ts'],
    hookTimeout: 60_000,
    testTimeout: 30_000,
  },
});
