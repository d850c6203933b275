/** Mutation testing: `pnpm mutate` at the root. Fails when fewer than 85 % of the mutants are found. */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  coverageAnalysis: 'perTest',
  // A mutant of what is made while a module loads (the tables of words) would need every test: hours.
  ignoreStatic: true,
  vitest: { configFile: 'vitest.mutate.config.ts' },
  mutate: [
    'src/**/*.ts',
    '!src/**/*.{test,test-d}.ts',
    '!src/errors/documentation.ts', // prose for docs/errors.md, which has a check of its own
  ],
  // Stryker would rewrite them by an interface that TypeScript 7 no longer has; Vite finds the real ones.
  ignorePatterns: ['tsconfig*.json'],
  concurrency: 1,
  thresholds: { high: 95, low: 85, break: 85 },
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { reportTests: false },
};
