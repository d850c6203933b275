/** Holds a state, and tells its subscribers when it changes. */
export interface Store<State> {
  /** The same object until something changes. */
  get(): State;
  /** Calls `listener` after each change, not with the current state. Returns a function that stops it. */
  subscribe(listener: (state: State) => void): () => void;
}

/** A store, for the code that decides its state. */
export interface WritableStore<State> extends Store<State> {
  /** Does nothing where the state is equal to the one before. */
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
      for (const { listener } of [...subscriptions]) notify(listener, next);
    },
  };
}

/** A listener that throws is reported like an event listener that does, and stops none of the others. */
function notify<State>(listener: (state: State) => void, state: State): void {
  try {
    listener(state);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
