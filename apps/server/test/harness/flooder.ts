import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const FLOOD = fileURLToPath(new URL('./flood.fixture.ts', import.meta.url));

/** What to send, where, and how fast. */
export interface FloodOrder {
  readonly url: string;
  /** Sent in turn. */
  readonly bodies: readonly string[];
  readonly perSecond: number;
  readonly milliseconds: number;
}

/** What one of the calls got. */
export interface Answered {
  /** 0 if no answer came. */
  readonly status: number;
  readonly retryAfter: string | null;
  readonly cookies: readonly string[];
  readonly text: string;
  readonly ms: number;
}

/** Sends calls at a steady rate, from its own process. One order at a time. */
export interface Flooder {
  flood(order: FloodOrder): Promise<Answered[]>;
  stop(): void;
}

/** Starts the process. */
export function startFlooder(): Flooder {
  const child = fork(FLOOD, { execArgv: [] });
  return {
    async flood(order) {
      child.send(order);
      const [answers] = await once(child, 'message');
      return answers as Answered[];
    },
    stop: () => child.disconnect(),
  };
}
