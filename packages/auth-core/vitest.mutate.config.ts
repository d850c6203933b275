import { defineConfig } from 'vitest/config';

/**
 * For Stryker: thousands of runs, so what the tests import is loaded once for each and not for each file.
 * It runs them in a copy of this package alone, where the pages in docs/ can't be read.
 */
export default defineConfig({
  test: {
    include: ['{src,test}/**/*.test.ts'],
    exclude: ['test/vault/vault-format.test.ts'],
    isolate: false,
  },
});
