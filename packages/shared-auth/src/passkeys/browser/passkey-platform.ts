/** Static methods that not every browser has (WebAuthn Level 3, sections 5.1.7 to 5.1.10). */
type CredentialStatics = Partial<
  Pick<
    typeof PublicKeyCredential,
    | 'getClientCapabilities'
    | 'isConditionalMediationAvailable'
    | 'signalAllAcceptedCredentials'
    | 'signalCurrentUserDetails'
    | 'signalUnknownCredential'
  >
>;

/** What of a ceremony the caller decides; `conditional` is the browser's autofill, or no prompt at all. */
interface Mediated {
  readonly mediation?: 'conditional';
  readonly signal: AbortSignal;
}

/** What of a browser the ceremonies need. */
export interface PasskeyPlatform {
  /** Of the page. */
  readonly hostname: string;
  readonly credentials: {
    create(
      options: { readonly publicKey: PublicKeyCredentialCreationOptions } & Mediated,
    ): Promise<Credential | null>;
    get(
      options: { readonly publicKey: PublicKeyCredentialRequestOptions } & Mediated,
    ): Promise<Credential | null>;
  };
  readonly publicKeyCredential: CredentialStatics;
  /** Hears `pagehide` and `visibilitychange`. */
  readonly page: Pick<EventTarget, 'addEventListener'>;
  isHidden(): boolean;
}
