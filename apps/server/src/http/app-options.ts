import type { AnyRouter } from '@trpc/server';
import type { Config } from '../config/config.ts';
import type { Deps } from '../deps.ts';
import type { Log } from '../logging/log.ts';
import type { Outbox } from '../mail/outbox.ts';

/** What the routes are built from. */
export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  /** The procedures, under `/trpc`. */
  readonly router: AnyRouter;
  /** Null if mail goes to a mail server. */
  readonly outbox: Outbox | null;
  /** What the calls work with, or a sentence that says what the start is waiting for. */
  readonly getDeps: () => Deps | string;
}
