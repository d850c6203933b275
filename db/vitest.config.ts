import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,testing,migrations,scripts}/**/*.test.ts'],
    globalSetup: ['./testing/global-setup.ts'],
    hookTimeout: 120_000,
    testTimeout: 120_000,
  },
});
