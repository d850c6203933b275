import { defineConfig } from 'vitest/config';

/** For Stryker: thousands of runs, so what the tests import is loaded once for each and not for each file. */
export default defineConfig({ test: { dir: 'src', isolate: false } });
