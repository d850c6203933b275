import {
  isRenewalOutcome,
  isTabMessage,
  type RenewalOutcome,
  type TabMessage,
} from './tab-message.ts';

/** What of the platform joins the tabs. Either may be missing; each tab then goes by itself. */
export interface TabPlatform {
  readonly createChannel?: ((name: string) => BroadcastChannel) | undefined;
  readonly locks?: Pick<LockManager, 'request'> | undefined;
}

export interface Tabs {
  post(message: TabMessage): void;
  /** Hears every message of another tab that has the right form; answers how to stop it. */
  subscribe(listener: (message: TabMessage) => void): () => void;
  /**
   * Runs `call`, which never rejects and tells its outcome; where another tab is at it already,
   * answers what that one is told instead. `call` runs after all if that tab goes away without a
   * word, or when `signal` ends the wait.
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

      const heard = Promise.withResolvers<RenewalOutcome>();
      const unsubscribe = subscribe((message) => {
        if (isRenewalOutcome(message) && isRelevant(message)) heard.resolve(message);
      });
      try {
        const first = await locks.request(name, { ifAvailable: true }, (lock) => lock && call());
        if (first) return first;
        return await locks.request(name, { signal }, async () => {
          const outcome = await Promise.race([heard.promise, sleep(GRACE_MS)]);
          return outcome ?? call();
        });
      } catch {
        // The wait was ended, or the platform refuses locks here (a sandboxed frame).
        return call();
      } finally {
        unsubscribe();
      }
    },
  };
}

function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
