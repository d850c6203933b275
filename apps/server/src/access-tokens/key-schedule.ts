import { ACCESS_TOKEN_TTL_SECONDS, JWKS_MAX_AGE_SECONDS } from './lifetimes.ts';

/** For clocks that differ and for a server that is slow to read the keys. */
const MARGIN_MS = 60_000;
/**
 * A new key is published this long before it signs: time enough for every copy of the public keys to
 * grow old, and many times what servers take to read the keys again (two seconds).
 */
export const PUBLISHED_BEFORE_SIGNING_MS = JWKS_MAX_AGE_SECONDS * 1000 + MARGIN_MS;
/** A former key verifies this long after the next one began to sign: its last token has ended by then. */
export const VERIFIES_AFTER_SIGNING_MS = ACCESS_TOKEN_TTL_SECONDS * 1000 + 5 * MARGIN_MS;

/** What of a key decides about its part at a time. */
export interface ScheduledKey {
  readonly id: string;
  readonly createdAt: Date;
  /** Set when the next key is made: from then on it no longer verifies. */
  readonly expiresAt: Date | null;
  /** Its private key can be opened here. */
  readonly isOpen: boolean;
}

/** What a signing key does at one moment. */
export type KeyState =
  | { readonly kind: 'signs' }
  | { readonly kind: 'signs-later'; readonly from: Date }
  /** `until` is null until the next key is made. */
  | { readonly kind: 'verifies'; readonly until: Date | null }
  /** Nothing that it signed is good any more. */
  | { readonly kind: 'retired' };

/** What every signing key does at one moment. */
export interface KeySchedule {
  /** By key id. Exactly one signs, unless none is open. */
  readonly states: ReadonlyMap<string, KeyState>;
  /** When the next state changes by itself, or Infinity. */
  readonly changesAtMs: number;
}

/**
 * Derives what each key does at a time from `keys`, newest first. The newest open one whose time has come
 * signs; where none's has, as with the first key of all, the oldest open one does. A key is retired only
 * once a newer one signs, so that there is no gap, whatever somebody did to the table.
 */
export function deriveKeySchedule(keys: readonly ScheduledKey[], nowMs: number): KeySchedule {
  const open = keys.filter((key) => key.isOpen);
  const signer = open.find((key) => signsFromMs(key) <= nowMs) ?? open.at(-1);
  const signerPlace = signer ? keys.indexOf(signer) : keys.length;
  const states = keys.map((key, place) => {
    if (key === signer) return [key.id, { kind: 'signs' }] as const;
    const isFormer = place > signerPlace;
    return [key.id, isFormer ? deriveFormer(key, nowMs) : deriveNewer(key)] as const;
  });
  const changes = keys.flatMap((key) => [signsFromMs(key), key.expiresAt?.getTime() ?? Infinity]);
  return {
    states: new Map<string, KeyState>(states),
    changesAtMs: Math.min(...changes.filter((ms) => ms > nowMs), Infinity),
  };
}

function deriveFormer({ expiresAt }: ScheduledKey, nowMs: number): KeyState {
  const isOver = expiresAt !== null && expiresAt.getTime() <= nowMs;
  return isOver ? { kind: 'retired' } : { kind: 'verifies', until: expiresAt };
}

function deriveNewer(key: ScheduledKey): KeyState {
  return key.isOpen
    ? { kind: 'signs-later', from: new Date(signsFromMs(key)) }
    : { kind: 'verifies', until: null };
}

function signsFromMs(key: ScheduledKey): number {
  return key.createdAt.getTime() + PUBLISHED_BEFORE_SIGNING_MS;
}
