import type { PasskeyPlatform } from './passkey-platform.ts';

/**
 * The browser, where it has WebAuthn on this page. Undefined outside a browser, without a secure
 * context, and in a frame of another site, whose ceremonies the server refuses.
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
