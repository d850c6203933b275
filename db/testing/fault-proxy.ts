import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What the proxy does, from the moment it is set, to old and new connections:
 *
 * - `pass`: nothing.
 * - `refuse`: cuts every connection and refuses new ones, as when Postgres is down.
 * - `reset`: forwards the next `afterBytes` bytes of each client, then resets it (RST).
 * - `lose-answer`: lets the next message through, and resets the client when Postgres replies.
 * - `cut`: resets a client that sends the text `at` once it has sent `since`, before Postgres gets it or when it
 *   replies.
 * - `hang`: accepts and swallows everything, in both directions.
 * - `slow`: delays each chunk, in both directions.
 */
export type FaultMode =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'reset'; readonly afterBytes: number }
  | { readonly kind: 'lose-answer' }
  | CutMode
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly delayMs: number };

interface CutMode {
  readonly kind: 'cut';
  readonly at: string;
  readonly since: string;
  readonly when: 'before' | 'after';
}

/** A proxy in front of Postgres whose faults a test switches on and off. */
export interface FaultProxy {
  readonly port: number;
  /**
   * Changes what happens from now on. Connections that lost bytes to `hang` are reset when it ends: after
   * `pass` everything works for a client that connects again.
   */
  setMode(mode: FaultMode): Promise<void>;
  /** The address of the same database through the proxy. */
  url(databaseUrl: string): string;
  close(): Promise<void>;
}

/** Puts a TCP proxy on a loopback port in front of the Postgres at `host` and `port`. */
export async function startFaultProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<FaultProxy> {
  const links = new Set<Link>();
  let mode: FaultMode = { kind: 'pass' };
  const server = createServer((client) => {
    const link = new Link(client, connect(target), () => mode);
    links.add(link);
    client.once('close', () => links.delete(link));
  });

  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const stopListening = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const link of links) link.reset();
    });

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    setMode: async (next) => {
      mode = next;
      for (const link of links) link.enterMode();
      if (next.kind === 'refuse' && server.listening) await stopListening();
      if (next.kind !== 'refuse' && !server.listening) await listen(port);
    },
    url: (databaseUrl) => {
      const url = new URL(databaseUrl);
      url.host = `127.0.0.1:${port}`;
      return url.href;
    },
    close: async () => {
      if (server.listening) await stopListening();
    },
  };
}

/** One client with its own connection to Postgres. */
class Link {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #mode: () => FaultMode;
  #bytesInMode = 0;
  #lostBytes = false;
  #isArmed = false;
  #isCut = false;

  constructor(client: Socket, upstream: Socket, mode: () => FaultMode) {
    this.#client = client;
    this.#upstream = upstream;
    this.#mode = mode;
    this.#carry(client, upstream, (chunk) => this.#onRequest(chunk));
    this.#carry(upstream, client, (chunk) => this.#onAnswer(chunk));
  }

  enterMode(): void {
    this.#bytesInMode = 0;
    this.#isArmed = false;
    if (this.#lostBytes) this.reset();
  }

  /** Sends RST to the client; Postgres still reads what it was sent, and then sees the end. */
  reset(): void {
    if (this.#client.destroyed) return;
    this.#client.resetAndDestroy();
    this.#upstream.destroySoon();
  }

  /** Returns the part of the chunk that goes on to Postgres. */
  #onRequest(chunk: Buffer): Buffer | null {
    const mode = this.#mode();
    const before = this.#bytesInMode;
    this.#bytesInMode += chunk.length;
    if (mode.kind === 'cut') {
      this.#isArmed ||= chunk.includes(mode.since);
      this.#isCut ||= this.#isArmed && chunk.includes(mode.at);
      if (this.#isCut && mode.when === 'before') {
        this.reset();
        return null;
      }
    }
    if (mode.kind !== 'reset' || this.#bytesInMode < mode.afterBytes)
      return this.#unlessHung(chunk);

    const rest = chunk.subarray(0, Math.max(0, mode.afterBytes - before));
    this.#upstream.write(rest);
    this.reset();
    return null;
  }

  #onAnswer(chunk: Buffer): Buffer | null {
    if (this.#isCut || (this.#mode().kind === 'lose-answer' && this.#bytesInMode > 0)) {
      this.reset();
      return null;
    }
    return this.#unlessHung(chunk);
  }

  #unlessHung(chunk: Buffer): Buffer | null {
    if (this.#mode().kind !== 'hang') return chunk;
    this.#lostBytes = true;
    return null;
  }

  /** Forwards in order, however long a chunk is delayed; an end or error goes to the other side. */
  #carry(from: Socket, to: Socket, filter: (chunk: Buffer) => Buffer | null): void {
    let sent = Promise.resolve();
    from.setNoDelay(true);
    from.on('data', (data: Buffer) => {
      const chunk = filter(data);
      if (chunk === null) return;
      const mode = this.#mode();
      const delayMs = mode.kind === 'slow' ? mode.delayMs : 0;
      sent = sent.then(async () => {
        if (delayMs > 0) await sleep(delayMs);
        if (to.writable) to.write(chunk);
      });
    });
    from.on('end', () => {
      sent = sent.then(() => void to.end());
    });
    // An error on one side is all that the other side has to know.
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      sent = sent.then(() => to.destroySoon());
    });
  }
}
