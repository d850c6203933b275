/** Asks the person to prove again who they are; the dialog is shown while `isRequested`. */
class Reauthentication {
  #request: PromiseWithResolvers<boolean> | undefined;
  isRequested = $state(false);

  /** Whether they did. All requests while the dialog is open share its answer. */
  request(): Promise<boolean> {
    this.#request ??= Promise.withResolvers();
    this.isRequested = true;
    return this.#request.promise;
  }

  settle(isProven: boolean): void {
    this.isRequested = false;
    this.#request?.resolve(isProven);
    this.#request = undefined;
  }
}

/** The one of this tab. */
export const reauthentication = new Reauthentication();
