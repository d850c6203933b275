import { Writable } from 'node:stream';
import type { Log } from '../../src/logging/log.ts';
import { createLog } from '../../src/logging/log.ts';

/** One line of the log, parsed. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The log as the server writes it in production, captured. */
export function createCapturedLog(): { log: Log; lines: LogLine[]; text: () => string } {
  const lines: LogLine[] = [];
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      for (const line of chunk.toString().trim().split('\n')) lines.push(JSON.parse(line));
      done();
    },
  });
  const log = createLog({ isProduction: true, logLevel: 'debug' }, destination);
  return { log, lines, text: () => text };
}
