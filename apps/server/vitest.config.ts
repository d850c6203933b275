import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['@mana/db/testing/global-setup'],
    hookTimeout: 120_000,
    testTimeout: 120_000,
  },
});
