import type { Config } from '../../src/config/config.ts';
import { parseEnvironment } from '../../src/config/config.ts';

/** Far below what the environment may ask for: thousands of passwords are hashed by the tests. */
const CHEAP_HASH = { memoryKib: 64, passes: 1 };

/**
 * A configuration as the environment makes it, on any free port. Password hashes cost next to nothing, and
 * few connections are opened, and a statement that a busy machine holds up isn't ended, unless the test says
 * otherwise.
 */
export function createTestConfig(variables: Record<string, string> = {}): Config {
  const config = parseEnvironment({
    NODE_ENV: 'test',
    PORT: '0',
    BASE_URL: 'http://localhost:3000',
    MANA_AUTH_SECRET: 'a secret of the tests, and of nothing else',
    LOG_LEVEL: 'info',
    DATABASE_POOL_SIZE: '5',
    DATABASE_TIMEOUT_MS: '60000',
    ...variables,
  });
  const isCostGiven = Object.keys(variables).some((name) => name.startsWith('PASSWORD_HASH_'));
  return isCostGiven ? config : { ...config, passwordHashCost: CHEAP_HASH };
}
