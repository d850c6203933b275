/** Whether passkeys work in this browser, on this page, with this server. */
export interface PasskeyCapability {
  /** The server has them, the browser has WebAuthn here, and the page is within the relying party. */
  readonly available: boolean;
  /** They can be offered in the autofill of a field, too. */
  readonly conditionalUI: boolean;
  /** The relying party: the domain that passkeys belong to. */
  readonly rpId: string;
}
