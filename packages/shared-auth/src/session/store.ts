/** Keeps a state, and tells whoever wants to know. */
export interface Store<State> {
  /** The same object until something changes. */
  get(): State;
  /** Calls `listener` after each change, not with the state of now. Answers how to stop it. */
  subscribe(listener: (state: State) => void): () => void;
}

export interface WritableStore<State> extends Store<State> {
  set(next: State): void;
}

/** A state is plain data, always built with its keys in the same order. */
export function createStore<State>(initial: State): WritableStore<State> {
  const subscriptions = new Set<{ readonly listener: (state: State) => void }>();
  let state = initial;
  return {
    get: () => state,
    subscribe(listener) {
      const subscription = { listener };
      subscriptions.add(subscription);
      return () => void subscriptions.delete(subscription);
    },
    set(next) {
      if (JSON.stringify(state) === JSON.stringify(next)) return;
      state = next;
      for (const { listener } of [...subscriptions]) tell(listener, next);
    },
  };
}

/** A listener that throws is reported as that of any event would be, and stops nobody else. */
function tell<State>(listener: (state: State) => void, state: State): void {
  try {
    listener(state);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
