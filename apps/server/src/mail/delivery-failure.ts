import { UndecryptableError } from '../secrets/app-secrets.ts';

/** Why a mail wasn't delivered. */
export interface DeliveryFailure {
  /**
   * `refused`: its recipient, for good. `unreachable`: the mail server, which concerns every mail. `deferred`:
   * this mail, for now.
   */
  readonly kind: 'refused' | 'unreachable' | 'deferred';
  /** A reply code such as `451`, or a system code such as `ECONNREFUSED`. */
  readonly reason: string;
}

/** Commands of an SMTP dialogue whose reply is about one mail; the others are about the server. */
const MAIL_COMMANDS: ReadonlySet<unknown> = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** Tells a refusal for good from what passes. Pure, and never throws. */
export function classifyDeliveryFailure(error: unknown): DeliveryFailure {
  if (error instanceof UndecryptableError) return { kind: 'deferred', reason: 'UNDECRYPTABLE' };
  const { command, responseCode, code, message } = toFields(error);
  if (!MAIL_COMMANDS.has(command) || typeof responseCode !== 'number') {
    const [named] = /\bE[A-Z]{4,}\b/.exec(String(message)) ?? [];
    return { kind: 'unreachable', reason: String(responseCode || named || code || 'UNKNOWN') };
  }
  const isRefused = command === 'RCPT TO' && responseCode >= 500;
  return { kind: isRefused ? 'refused' : 'deferred', reason: String(responseCode) };
}

function toFields(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return {};
  const { command, responseCode, code } = error as Error & Record<string, unknown>;
  return { command, responseCode, code, message: error.message };
}

const FIRST_WAIT_MS = 1000;
/** A server that was away is tried soon, a mail that it defers is not pressed upon it (RFC 5321 section 4.5.4). */
const LONGEST_WAIT_MS = { unreachable: 30_000, deferred: 5 * 60_000 };

/** How long to wait after the given number of failed attempts: doubling, capped, and not all at the same time. */
export function decideWaitMs(
  kind: keyof typeof LONGEST_WAIT_MS,
  attempts: number,
  random: number = Math.random(),
): number {
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (attempts - 1), LONGEST_WAIT_MS[kind]);
  return waitMs * (0.5 + random / 2);
}
