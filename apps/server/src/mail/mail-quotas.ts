const HOUR_MS = 60 * 60_000;

/** How many mails of a kind go to one recipient, and how many together with its relatives. */
export interface MailQuota {
  /** For one cause. */
  readonly limit: number;
  readonly windowMs: number;
  /** The kinds that share `groupLimit` within an hour, over all causes. */
  readonly group: readonly MailKind[];
  readonly groupLimit: number;
  /** Whether the first mail goes although the group has used up its limit. */
  readonly isFirstExempt: boolean;
}

/** Mails about the account that has the address. Each kind's first is its owner's, whoever fills the rest. */
const OWN: readonly MailKind[] = ['verification', 'claim', 'password-reset', 'address-taken'];
/** The first five stay good, so that a stranger who uses up the quota keeps nobody from their link. */
const own: MailQuota = {
  limit: 5,
  windowMs: HOUR_MS,
  group: OWN,
  groupLimit: 10,
  isFirstExempt: true,
};

/** A quota that a kind shares with no other. */
function alone(kind: MailKind, policy: Pick<MailQuota, 'limit' | 'windowMs'>): MailQuota {
  return { ...policy, group: [kind], groupLimit: policy.limit, isFirstExempt: true };
}

/**
 * Every kind of mail, and how many of it one recipient gets: null for what only the owner of an account causes,
 * signed in. All others somebody can cause who doesn't have the mailbox.
 *
 * Only mails that were delivered or are being delivered count, so that an outage is charged to nobody.
 */
const mailQuotas = {
  notice: null,
  verification: own,
  claim: own,
  'password-reset': own,
  'address-taken': own,
  /** From a browser that the account knows: whatever strangers ask for, its owner gets theirs. */
  'own-password-reset': alone('own-password-reset', { limit: 5, windowMs: HOUR_MS }),
  /** To an address that another account wants, which counts apart from what its own account gets. */
  'email-change': {
    limit: 5,
    windowMs: HOUR_MS,
    group: ['email-change'],
    groupLimit: 10,
    isFirstExempt: false,
  },
  /** An attacker who locks an account again and again must not fill its owner's mailbox. */
  'account-locked': alone('account-locked', { limit: 1, windowMs: 24 * HOUR_MS }),
} as const satisfies Record<MailKind, MailQuota | null>;

/** What a mail is about. */
export type MailKind =
  | 'notice'
  | 'verification'
  | 'claim'
  | 'password-reset'
  | 'own-password-reset'
  | 'address-taken'
  | 'email-change'
  | 'account-locked';

/** The quota of a kind, null if it has none. A kind of another version has none: it is only to be delivered. */
export function findMailQuota(kind: string): MailQuota | null {
  const quotas: Readonly<Record<string, MailQuota | null>> = mailQuotas;
  return Object.hasOwn(quotas, kind) ? (quotas[kind] ?? null) : null;
}
