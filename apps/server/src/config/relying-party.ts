import ipaddr from 'ipaddr.js';
import type { Environment } from './environment-schema.ts';

/** The relying party of WebAuthn (Level 3, section 4), which asks for passkeys. Never taken from a request. */
export interface RelyingParty {
  /** A bare domain, which passkeys are bound to. */
  readonly id: string;
  readonly name: string;
  /** Origins whose pages may run a ceremony: on `id`, or below it. */
  readonly origins: readonly string[];
  readonly requiresUserVerification: boolean;
}

/** The relying party of a configuration; `trustedOrigins` begins with the one of `BASE_URL`. */
export function deriveRelyingParty(
  environment: Environment,
  trustedOrigins: readonly string[],
): RelyingParty {
  const id = deriveId(environment, trustedOrigins);
  return {
    id,
    name: environment.WEBAUTHN_RP_NAME,
    origins: environment.WEBAUTHN_ORIGIN ?? deriveOrigins(environment, id, trustedOrigins),
    requiresUserVerification: environment.WEBAUTHN_USER_VERIFICATION === 'required',
  };
}

/** Contradictions in the configuration, one sentence each, with what to set. */
export function findRelyingPartyProblems(
  environment: Environment,
  trustedOrigins: readonly string[],
): string[] {
  if (environment.PASSKEYS === 'off') return [];
  const id = deriveId(environment, trustedOrigins);
  const [baseUrl = ''] = trustedOrigins;
  if (ipaddr.isValid(id)) {
    return [
      `WEBAUTHN_RP_ID is missing: passkeys need a domain, but BASE_URL has an IP address; set both to a domain, or PASSKEYS to off`,
    ];
  }
  const { WEBAUTHN_RP_ID: wantedId, WEBAUTHN_ORIGIN: wantedOrigins = [] } = environment;
  const problems = wantedOrigins.flatMap((origin) => [
    ...(isOn(id, origin)
      ? []
      : [`WEBAUTHN_ORIGIN has ${origin}, which is not on ${id}: remove it, or set WEBAUTHN_RP_ID`]),
    ...(trustedOrigins.includes(origin)
      ? []
      : [`WEBAUTHN_ORIGIN has ${origin}, whose calls are refused: add it to TRUSTED_ORIGINS`]),
    ...(isSecureContext(origin)
      ? []
      : [`WEBAUTHN_ORIGIN has ${origin}, but browsers offer passkeys over https only`]),
  ]);
  if (wantedId && wantedOrigins.length === 0 && !isOn(id, baseUrl)) {
    problems.push(
      `WEBAUTHN_RP_ID is ${wantedId}, but BASE_URL (${baseUrl}) is not on it: set WEBAUTHN_ORIGIN to the origins of the pages that use passkeys`,
    );
  }
  return problems;
}

/** A page on the machine itself can only use `localhost`: an IP address is no relying party id. */
function deriveId(environment: Environment, [baseUrl = '']: readonly string[]): string {
  const { NODE_ENV, COOKIE_DOMAIN, WEBAUTHN_RP_ID } = environment;
  const { hostname } = new URL(baseUrl);
  const host = ['127.0.0.1', '[::1]'].includes(hostname)
    ? 'localhost'
    : hostname.replace(/^\[|\]$/g, '');
  const id = WEBAUTHN_RP_ID ?? (NODE_ENV === 'production' ? COOKIE_DOMAIN : undefined) ?? host;
  return id.toLowerCase();
}

/** The origins that can work; `localhost` replaces the machine's own addresses, with the same port. */
function deriveOrigins(
  { PORT }: Environment,
  id: string,
  trustedOrigins: readonly string[],
): string[] {
  const usable = trustedOrigins.filter((origin) => isOn(id, origin) && isSecureContext(origin));
  if (usable.length > 0 || id !== 'localhost') return usable;
  return [`http://localhost:${new URL(trustedOrigins[0] ?? '').port || PORT}`];
}

/** Whether a page of this origin may use the id (WebAuthn Level 3, section 5.1.3, step 8). */
function isOn(id: string, origin: string): boolean {
  return `.${new URL(origin).hostname}`.endsWith(`.${id}`);
}

/** WebAuthn exists in secure contexts only: https, and the machine itself. */
function isSecureContext(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost');
}
