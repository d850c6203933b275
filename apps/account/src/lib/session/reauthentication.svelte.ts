/** Asks the person to prove again who they are; the dialog shows while it is asked. */
class Reauthentication {
  #asked: PromiseWithResolvers<boolean> | undefined;
  isRequested = $state(false);

  /** Whether they did. The same question for all who ask while it is open. */
  ask(): Promise<boolean> {
    this.#asked ??= Promise.withResolvers();
    this.isRequested = true;
    return this.#asked.promise;
  }

  settle(isProven: boolean): void {
    this.isRequested = false;
    this.#asked?.resolve(isProven);
    this.#asked = undefined;
  }
}

export const reauthentication = new Reauthentication();
