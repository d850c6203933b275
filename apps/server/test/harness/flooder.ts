import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const FLOOD = fileURLToPath(new URL('./flood.fixture.ts', import.meta.url));

export interface FloodOrder {
  readonly url: string;
  /** Sent in turn. */
  readonly bodies: readonly string[];
  readonly perSecond: number;
  readonly milliseconds: number;
}

export interface Answered {
  /** 0 where no answer came. */
  readonly status: number;
  readonly retryAfter: string | null;
  readonly cookies: readonly string[];
  readonly text: string;
  readonly ms: number;
}

/** Sends calls at a pace of its own, from a process of its own. One order at a time. */
export interface Flooder {
  flood(order: FloodOrder): Promise<Answered[]>;
  stop(): void;
}

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
