import {
  isRenewalOutcome,
  isTabMessage,
  type RenewalOutcome,
  type TabMessage,
} from './tab-message.ts';

/** What connects the tabs of a browser. Where either is missing, each tab works by itself. */
export interface TabPlatform {
  readonly createChannel?: ((name: string) => BroadcastChannel) | undefined;
  readonly locks?: Pick<LockManager, 'request'> | undefined;
}

/** The other tabs that share the session. */
export interface Tabs {
  post(message: TabMessage): void;
  /** Calls `listener` for every well-formed message of another tab. Returns a function that stops it. */
  subscribe(listener: (message: TabMessage) => void): () => void;
  /**
   * Runs `call`, which never rejects and posts its outcome. If another tab is already doing so,
   * resolves to that tab's outcome instead; `call` runs after all if that tab goes away without posting
   * one, or when `signal` ends the wait.
   */
  singleFlight(
    call: () => Promise<RenewalOutcome>,
    isRelevant: (outcome: RenewalOutcome) => boolean,
    signal: AbortSignal,
  ): Promise<RenewalOutcome>;
}

/** A lock may be free a moment before the message of its last holder arrives. */
const GRACE_MS = 250;

/** `name` is the same for all tabs that share a session. */
export function createTabs(name: string, platform: TabPlatform): Tabs {
  const listeners = new Set<(message: TabMessage) => void>();
  const channel = platform.createChannel?.(name);
  channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (!isTabMessage(data)) return;
    for (const listener of [...listeners]) listener(data);
  });

  function subscribe(listener: (message: TabMessage) => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  return {
    post: (message) => channel?.postMessage(message),
    subscribe,
    async singleFlight(call, isRelevant, signal) {
      const { locks } = platform;
      if (!channel || !locks) return call();

      const posted = Promise.withResolvers<RenewalOutcome>();
      const unsubscribe = subscribe((message) => {
        if (isRenewalOutcome(message) && isRelevant(message)) posted.resolve(message);
      });
      try {
        const first = await locks.request(name, { ifAvailable: true }, (lock) => lock && call());
        if (first) return first;
        return await locks.request(name, { signal }, async () => {
          const outcome = await Promise.race([posted.promise, sleep(GRACE_MS)]);
          return outcome ?? call();
        });
      } catch {
        // The wait has ended, or the platform refuses locks here, as in a sandboxed frame.
        return call();
      } finally {
        unsubscribe();
      }
    },
  };
}

/**
 * BroadcastChannel and Web Locks (which need a secure context), where the browser has them. Nothing
 * outside a browser: Node has both, and there they would connect the clients of different people.
 */
export function findTabPlatform(): TabPlatform {
  if (typeof location === 'undefined') return {};
  return {
    createChannel:
      typeof BroadcastChannel === 'undefined' ? undefined : (name) => new BroadcastChannel(name),
    locks: navigator.locks,
  };
}

function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
