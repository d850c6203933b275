/** Lifetime of an access token. */
export const ACCESS_TOKEN_TTL_SECONDS = 15 * 60;
/** How long services that verify tokens on their own may keep the public keys. */
export const JWKS_MAX_AGE_SECONDS = 5 * 60;

/** For clocks that differ, and for a server that is slow to read the keys. */
const MARGIN_MS = 60_000;
/**
 * How long a new key is published before it signs: long enough for every copy of the public keys to expire,
 * and many times what servers take to read the keys again (two seconds).
 */
export const PUBLISHED_BEFORE_SIGNING_MS = JWKS_MAX_AGE_SECONDS * 1000 + MARGIN_MS;
/** How long a key verifies after the next one began to sign: its last token has expired by then. */
export const VERIFIES_AFTER_SIGNING_MS = ACCESS_TOKEN_TTL_SECONDS * 1000 + 5 * MARGIN_MS;

/** What a key's part at a given time depends on. */
export interface ScheduledKey {
  readonly id: string;
  readonly createdAt: Date;
  /** Set when the next key is made: from then on it no longer verifies. */
  readonly expiresAt: Date | null;
  /** Whether this process can open its private key. */
  readonly isOpen: boolean;
}

/** What a key does at a given time. */
export type KeyState =
  | { readonly kind: 'signs' }
  | { readonly kind: 'signs-later'; readonly from: Date }
  /** `until` is null until the next key is made. */
  | { readonly kind: 'verifies'; readonly until: Date | null }
  /** Nothing that it signed is still good. */
  | { readonly kind: 'retired' };

/** What all keys do at a given time. */
export interface KeySchedule {
  /** By key id. Exactly one signs, unless no private key can be opened. */
  readonly states: ReadonlyMap<string, KeyState>;
  /** When the next state changes by itself, or Infinity. */
  readonly changesAtMs: number;
}

/**
 * Derives what each key does at `nowMs` from `keys`, newest first. The newest open key whose time has come
 * signs; if there is none, as with the very first key, the oldest open one does. A key is retired only once
 * a newer one signs, so that there is no gap, whatever somebody did to the table.
 */
export function deriveKeySchedule(keys: readonly ScheduledKey[], nowMs: number): KeySchedule {
  const open = keys.filter((key) => key.isOpen);
  const signer = open.find((key) => signsFromMs(key) <= nowMs) ?? open.at(-1);
  const signerIndex = signer ? keys.indexOf(signer) : keys.length;
  const states = keys.map((key, index) => {
    if (key === signer) return [key.id, { kind: 'signs' }] as const;
    const isOlder = index > signerIndex;
    return [key.id, isOlder ? deriveOlder(key, nowMs) : deriveNewer(key)] as const;
  });
  const changes = keys.flatMap((key) => [signsFromMs(key), key.expiresAt?.getTime() ?? Infinity]);
  return {
    states: new Map<string, KeyState>(states),
    changesAtMs: Math.min(...changes.filter((ms) => ms > nowMs), Infinity),
  };
}

/** What a rotation does to the keys. */
export interface RotationDecision {
  /** Of the new key: later than that of every other, so that it is the newest on every server. */
  readonly createdAt: Date;
  /** When the new key begins to sign. */
  readonly signsFrom: Date;
  /** How long the keys in `expiring` still verify. */
  readonly olderVerifyUntil: Date;
  /** Ids of the keys whose end is now known: those that may sign until the new one does, or had no end yet. */
  readonly expiring: readonly string[];
  /** Ids of the keys that nothing depends on any longer. */
  readonly removed: readonly string[];
}

/** Decides what happens to `keys`, newest first, when a new one is made at `nowMs`. */
export function decideRotation(keys: readonly ScheduledKey[], nowMs: number): RotationDecision {
  const { states } = deriveKeySchedule(keys, nowMs);
  const kindOf = (key: ScheduledKey) => states.get(key.id)?.kind;
  const toIds = (chosen: readonly ScheduledKey[]) => chosen.map((key) => key.id);
  const createdAtMs = Math.max(nowMs, ...keys.map((key) => key.createdAt.getTime() + 1));
  const signsFromMs = createdAtMs + PUBLISHED_BEFORE_SIGNING_MS;
  return {
    createdAt: new Date(createdAtMs),
    signsFrom: new Date(signsFromMs),
    olderVerifyUntil: new Date(signsFromMs + VERIFIES_AFTER_SIGNING_MS),
    expiring: toIds(keys.filter((key) => key.expiresAt === null || kindOf(key) === 'signs')),
    removed: toIds(keys.filter((key) => kindOf(key) === 'retired')),
  };
}

function deriveOlder({ expiresAt }: ScheduledKey, nowMs: number): KeyState {
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
