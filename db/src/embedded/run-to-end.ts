import { spawn } from 'node:child_process';
import { explainFailure, type PostgresCommand } from './binaries.ts';

/** Runs a program of PostgreSQL to its end; throws an EmbeddedPostgresError with what it wrote. */
export async function runToEnd(what: string, command: PostgresCommand, input = ''): Promise<void> {
  let output = '';
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(command.file, command.args, { env: command.env });
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    // A program that ends early closes its input; its exit code says so better than EPIPE.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', (error) => reject(explainFailure(what, output, error)));
    child.once('close', resolve);
  });
  if (code !== 0) throw explainFailure(what, lastLines(output));
}

/** The end of a log, short enough for a terminal. */
export function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-12).join('\n');
}
