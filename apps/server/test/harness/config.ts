import type { Config } from '../../src/config/config.ts';
import { parseEnvironment } from '../../src/config/config.ts';

/** Far below what the environment may ask for: thousands of passwords are hashed by the tests. */
const CHEAP_HASH = { memoryKib: 64, passes: 1 };

/**
 * A configuration as the environment makes it, on any free port. Password hashes cost next to nothing,
 * unless the test says what they cost.
 */
export function createTestConfig(variables: Record<string, string> = {}): Config {
  const config = parseEnvironment({
    NODE_ENV: 'test',
    PORT: '0',
    BASE_URL: 'http://localhost:3000',
    MANA_AUTH_SECRET: 'a secret of the tests, and of nothing else',
    LOG_LEVEL: 'info',
    ...variables,
  });
  const isCostGiven = Object.keys(variables).some((name) => name.startsWith('PASSWORD_HASH_'));
  return isCostGiven ? config : { ...config, passwordHashCost: CHEAP_HASH };
}
