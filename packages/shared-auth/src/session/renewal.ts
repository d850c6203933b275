import { isSessionGone, toFailure } from '../transport/auth-failure.ts';
import type { AccessToken, User } from '../transport/procedures.ts';
import { type AuthResult, succeed } from '../transport/result.ts';
import type { Transport } from '../transport/transport.ts';
import { type ActiveSession, isSignedIn, isUsable, toActiveSession } from './active-session.ts';
import type { CurrentSession } from './current-session.ts';
import type { RenewalOutcome } from './tab-message.ts';
import type { Tabs } from './tabs.ts';

/** What renewing a session is built from. */
export interface RenewalDependencies {
  readonly session: CurrentSession;
  readonly transport: Transport;
  readonly tabs: Tabs;
  readonly now: () => number;
  /** How long to wait for another tab that is already renewing. */
  readonly waitLimitMs: number;
}

/** Finding out who is signed in, and getting access tokens. */
export interface Renewal {
  /**
   * Finds out who is signed in; call it when a page starts. A success with null means nobody is. After
   * an outage the session state stays as it was, 'unknown' at first, so call it again.
   */
  restore(): Promise<AuthResult<{ readonly user: User } | null>>;
  /**
   * An access token that is valid for at least another half minute: the one in memory, or a new one,
   * requested once for all callers and all tabs. UNAUTHORIZED when nobody is signed in.
   */
  getAccessToken(): Promise<AuthResult<AccessToken>>;
}

/** Undefined when somebody signed in or out meanwhile: their session counts, not this outcome. */
type Renewed = RenewalOutcome | undefined;

/** Requests the session and new access tokens, once for all callers and all tabs. */
export function createRenewal(dependencies: RenewalDependencies): Renewal {
  const { session, now } = dependencies;
  let running: { readonly scope: AbortSignal; readonly renewed: Promise<Renewed> } | undefined;

  function renew(): Promise<Renewed> {
    const scope = session.scope();
    if (running?.scope === scope) return running.renewed;
    const own = { scope, renewed: renewOnce(dependencies, scope) };
    running = own;
    void own.renewed.then(() => {
      if (running === own) running = undefined;
    });
    return own.renewed;
  }

  async function restore(): Promise<AuthResult<{ readonly user: User } | null>> {
    const before = session.store.get();
    if (before.status === 'signed-in') return succeed({ user: before.user });
    const renewed = await renew();
    if (renewed?.type === 'renewal-failed' && !isSessionGone(renewed.failure)) {
      return renewed.failure;
    }
    const after = session.store.get();
    return succeed(after.status === 'signed-in' ? { user: after.user } : null);
  }

  async function getAccessToken(): Promise<AuthResult<AccessToken>> {
    const active = session.active();
    if (active && isUsable(active, now())) return succeed(toAccessToken(active));
    if (session.store.get().status === 'signed-out') return toFailure('UNAUTHORIZED');
    const renewed = await renew();
    if (!renewed) return getAccessToken();
    return renewed.type === 'renewed' ? succeed(toAccessToken(renewed.session)) : renewed.failure;
  }

  return { restore, getAccessToken };
}

async function renewOnce(dependencies: RenewalDependencies, scope: AbortSignal): Promise<Renewed> {
  const { session, tabs, waitLimitMs } = dependencies;
  let sessionToken: string | undefined;

  async function call(): Promise<RenewalOutcome> {
    const { outcome, sessionToken: newSessionToken } = await callServer(dependencies, scope);
    sessionToken = newSessionToken;
    if (!scope.aborted) tellTabs(dependencies, outcome);
    return outcome;
  }

  const outcome = await tabs.singleFlight(
    call,
    (told) => told.type === 'renewal-failed' || session.covers(told.session),
    AbortSignal.any([scope, AbortSignal.timeout(waitLimitMs)]),
  );
  if (scope.aborted) return undefined;
  if (outcome.type === 'renewed') session.renew(outcome.session, sessionToken);
  else if (isSessionGone(outcome.failure)) session.endByServer(outcome.failure);
  return outcome;
}

async function callServer(
  { session, transport, now }: RenewalDependencies,
  scope: AbortSignal,
): Promise<{ outcome: RenewalOutcome; sessionToken: string | undefined }> {
  const procedure = session.store.get().status === 'signed-in' ? 'refresh' : 'sessionToToken';
  const calledAtMs = now();
  const { result, sessionToken } = await transport(`auth.${procedure}`, undefined, scope);
  const outcome: RenewalOutcome = !result.success
    ? { type: 'renewal-failed', failure: result }
    : isSignedIn(result.data)
      ? { type: 'renewed', session: toActiveSession(result.data, calledAtMs) }
      : { type: 'renewal-failed', failure: toFailure('SERVICE_UNAVAILABLE') };
  return { outcome, sessionToken };
}

function tellTabs({ session, tabs }: RenewalDependencies, outcome: RenewalOutcome): void {
  tabs.post(outcome);
  const isGone = outcome.type === 'renewal-failed' && isSessionGone(outcome.failure);
  if (isGone && session.store.get().status === 'signed-in') {
    tabs.post({ type: 'signed-out', sessionId: session.active()?.sessionId, ended: true });
  }
}

function toAccessToken({ accessToken, accessTokenExpiresAt }: ActiveSession): AccessToken {
  return { accessToken, accessTokenExpiresAt };
}
