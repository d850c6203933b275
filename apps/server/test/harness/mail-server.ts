import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';

/** How a mail server behaves at the moment. */
export interface MailServerMode {
  /** How long it lets clients wait for its greeting. */
  readonly greetingMs?: number;
  /** Refuses each recipient with this code. */
  readonly refusesWith?: number;
  /** Refuses each recipient the first time, as greylisting does. */
  readonly greylists?: boolean;
  /** Ends each connection once a mail is taken. */
  readonly closesIdle?: boolean;
  /** Never answers who a mail is for. */
  readonly hangsAtRecipient?: boolean;
}

/** A mail server on a loopback port, whose faults a test switches on and off. */
export interface MailServer {
  readonly url: string;
  /** The texts of the mails that it took, oldest first. */
  readonly received: string[];
  setMode(mode: MailServerMode): void;
  /** Cuts all connections and refuses new ones. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a mail server that takes everything. */
export async function startMailServer(): Promise<MailServer> {
  const port = await findFreePort();
  const received: string[] = [];
  const seen = new Set<string>();
  let mode: MailServerMode = {};
  let running: SMTPServer | undefined;

  function createSmtp(): SMTPServer {
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      closeTimeout: 1,
      onConnect: (_session, done) => void delay(mode.greetingMs ?? 0).then(() => done()),
      onRcptTo({ address }, _session, done) {
        if (mode.hangsAtRecipient) return;
        const isGreylisted = mode.greylists && !seen.has(address);
        seen.add(address);
        const code = isGreylisted ? 451 : mode.refusesWith;
        done(code ? Object.assign(new Error('not now'), { responseCode: code }) : null);
      },
      onData(stream, _session, done) {
        let text = '';
        stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
        stream.on('end', () => {
          received.push(text.replaceAll('=\r\n', ''));
          done();
          if (mode.closesIdle) setTimeout(() => cutAll(smtp), 20);
        });
      },
    });
    smtp.on('error', () => undefined);
    return smtp;
  }

  async function start(): Promise<void> {
    running = createSmtp();
    await once(running.listen(port, '127.0.0.1'), 'listening');
  }

  await start();
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    setMode: (next) => {
      mode = next;
    },
    async stop() {
      const stopping = running;
      running = undefined;
      if (!stopping) return;
      cutAll(stopping);
      await new Promise<void>((resolve) => stopping.close(() => resolve()));
    },
    start,
  };
}

function cutAll(smtp: SMTPServer): void {
  for (const connection of smtp.connections) {
    (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
