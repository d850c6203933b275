import type { Config } from '../../src/config/config.ts';
import { parseEnvironment } from '../../src/config/config.ts';

/** A configuration as the environment makes it, on any free port. */
export function createTestConfig(variables: Record<string, string> = {}): Config {
  return parseEnvironment({
    NODE_ENV: 'test',
    PORT: '0',
    BASE_URL: 'http://localhost:3000',
    MANA_AUTH_SECRET: 'a secret of the tests, and of nothing else',
    LOG_LEVEL: 'info',
    ...variables,
  });
}
