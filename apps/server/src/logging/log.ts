import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import { PinoPretty as pretty } from 'pino-pretty';
import type { Config } from '../config/config.ts';

/** The log of a process. */
export type Log = Logger;

/** Fields that never reach a log line, wherever in the logged object they are (two levels deep). */
const SECRET_FIELDS = [
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'cookie',
  'authorization',
  'set-cookie',
  'privateKey',
  'url',
].flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.*["${field}"]`]);

/**
 * Creates the one log of a process: JSON lines on standard output in production, readable lines in
 * development. Fields that contain secrets are replaced by `[secret]`.
 */
export function createLog(
  config: Pick<Config, 'isProduction' | 'logLevel'>,
  destination: DestinationStream = config.isProduction ? pino.destination(1) : createPrettyStream(),
): Log {
  const redact = { paths: SECRET_FIELDS, censor: '[secret]' };
  return pino({ level: config.logLevel, base: null, redact }, destination);
}

/** Writes synchronously, so that no line is lost when the process ends. */
function createPrettyStream(): DestinationStream {
  return pretty({ translateTime: 'HH:MM:ss', ignore: 'pid,hostname', sync: true });
}
