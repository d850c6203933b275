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

/** What the caller of a ceremony decides. `conditional` means autofill, or no prompt at all. */
interface Mediated {
  readonly mediation?: 'conditional';
  readonly signal: AbortSignal;
}

/** What the ceremonies need of a browser. */
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
  /** Receives `pagehide` and `visibilitychange`. */
  readonly page: Pick<EventTarget, 'addEventListener'>;
  isHidden(): boolean;
}

/**
 * The browser, where this page has WebAuthn. Undefined outside a browser, without a secure context, and
 * in a frame of another site, whose ceremonies the server refuses.
 */
export function findPasskeyPlatform(): PasskeyPlatform | undefined {
  const hasWebauthn =
    typeof window === 'object' &&
    typeof PublicKeyCredential === 'function' &&
    navigator.credentials !== undefined &&
    isSecureContext;
  if (!hasWebauthn || isInForeignFrame()) return undefined;
  return {
    hostname: location.hostname,
    credentials: navigator.credentials,
    publicKeyCredential: PublicKeyCredential,
    page: window,
    isHidden: () => document.hidden,
  };
}

function isInForeignFrame(): boolean {
  try {
    return window.top?.location.origin !== location.origin;
  } catch {
    return true;
  }
}
