import type { Deps } from '../../deps.ts';

/** Whether this server has passkeys, for pages that have to know before they offer one. */
export interface PasskeyCapability {
  readonly enabled: boolean;
  /** Whether passkeys may be offered in the autofill of a sign-in form. */
  readonly conditionalUIAvailable: boolean;
  /** Pages on this domain or below it can use them. */
  readonly rpId: string;
}

/** From the configuration alone: it answers the same whatever the database does. */
export function describeCapability({ config }: Pick<Deps, 'config'>): PasskeyCapability {
  const { passkeysEnabled, relyingParty } = config;
  return {
    enabled: passkeysEnabled,
    conditionalUIAvailable: passkeysEnabled,
    rpId: relyingParty.id,
  };
}
