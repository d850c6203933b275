import { setTimeout as delay } from 'node:timers/promises';
import type { RunningServer } from '../../src/server.ts';

const POLL_MS = 20;

/** The first link in the newest mail to this address, as soon as one is delivered. */
export async function waitForMailedLink(
  { outbox }: Pick<RunningServer, 'outbox'>,
  email: string,
): Promise<string> {
  for (;;) {
    const link = outbox?.list().findLast(({ to }) => to === email)?.links[0];
    if (link) return link;
    await delay(POLL_MS);
  }
}
