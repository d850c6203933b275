import type { Config } from './config.ts';
import { parseEnvironment } from './config.ts';

/** Variables that the driver and Postgres's own programs read. */
const POSTGRES_VARIABLE = /^PG[A-Z]+$/;

/**
 * Reads the configuration from the process environment: the one place that does.
 * Throws `ConfigurationError` with every problem found.
 */
export function readConfig(): Config {
  return parseEnvironment(process.env);
}

/**
 * Forgets every PG* variable, for a process that uses the embedded Postgres: they are about some other
 * server, and would reach ours through the driver.
 */
export function forgetPostgresVariables(): void {
  for (const name of Object.keys(process.env)) {
    if (POSTGRES_VARIABLE.test(name)) delete process.env[name];
  }
}
