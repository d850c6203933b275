import type { Config } from './config/config.ts';
import { ConfigurationError } from './config/config.ts';
import { readConfig } from './config/env.ts';
import { reasonOf } from './logging/error-reason.ts';
import { createLog } from './logging/log.ts';
import type { RunningServer } from './server.ts';
import { startServer } from './server.ts';
import { describeMail, describeStart, explainStartFailure } from './start/startup-messages.ts';

/** A shutdown that hangs is ended after this time, or by a second signal. */
const SHUTDOWN_TIMEOUT_MS = 15_000;

await main();

async function main(): Promise<void> {
  const config = readConfigOrExit();
  const log = createLog(config);
  let server: RunningServer | undefined;
  const stop = (signal: NodeJS.Signals) => void shutDown(signal);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  async function shutDown(signal: NodeJS.Signals): Promise<void> {
    for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(1));
    setTimeout(() => process.exit(1), SHUTDOWN_TIMEOUT_MS).unref();
    log.info({ signal }, 'stopping: letting running requests finish');
    await server?.close();
    log.info('stopped');
    process.exit(0);
  }

  try {
    server = await startServer({
      config,
      log,
      onMail: (mail) => process.stdout.write(describeMail(mail)),
      now: () => new Date(),
    });
    const { databaseDescription } = await server.ready;
    log.info({ port: server.port }, 'ready');
    if (!config.isProduction) process.stdout.write(describeStart(config, databaseDescription));
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return;
    const explanation = explainStartFailure(error, config);
    if (explanation) log.fatal(explanation);
    else log.fatal({ err: error }, `the server could not start: ${reasonOf(error)}`);
    await server?.close();
    process.exitCode = 1;
    log.flush();
  }
}

function readConfigOrExit(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
