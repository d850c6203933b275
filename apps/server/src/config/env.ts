import type { Config } from './config.ts';
import { parseEnvironment } from './config.ts';

/**
 * Reads the configuration from the process environment: the one place that does.
 * Throws `ConfigurationError` with every problem found.
 */
export function readConfig(): Config {
  return parseEnvironment(process.env);
}
