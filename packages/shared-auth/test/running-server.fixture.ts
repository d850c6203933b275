import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestServer } from '@mana/server/testing/test-server';

/** The real server, reached over HTTP alone. */
export interface RunningServer {
  readonly url: string;
  /** The token in the newest link that was mailed to an address. */
  findMailedToken(email: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts mana-auth on a database of its own, with passkeys for the pages at its address. */
export async function startRunningServer(): Promise<RunningServer> {
  const port = await findFreePort();
  const url = `http://localhost:${port}`;
  const server = await startTestServer({ environment: { PORT: String(port), BASE_URL: url } });
  const found = new Set<string>();
  return {
    url,
    async findMailedToken(email) {
      const token = await findMailedToken(url, email, found);
      found.add(token);
      return token;
    },
    stop: () => server.close(),
  };
}

/** Waits for one that wasn't found before: a mail leaves a moment after the call that asked for it. */
async function findMailedToken(
  url: string,
  email: string,
  found: ReadonlySet<string>,
): Promise<string> {
  const endMs = Date.now() + 60_000;
  while (Date.now() < endMs) {
    const response = await fetch(`${url}/dev/outbox`, { headers: { accept: 'application/json' } });
    const mails: { to: string; links: string[] }[] = await response.json();
    const link = mails.findLast((mail) => mail.to === email)?.links[0];
    const token = link && new URL(link).searchParams.get('token');
    if (token && !found.has(token)) return token;
    await sleep(50);
  }
  throw new Error(`no mail to ${email}`);
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
