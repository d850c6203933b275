import { domainToASCII, domainToUnicode } from 'node:url';
import { z } from 'zod';

/** As much as SMTP transports (RFC 5321 section 4.5.3.1.3, without the brackets). */
const NEW_MAX_LENGTH = 254;
/** A local part of 64, an @, and a domain of 255. */
const STORED_MAX_LENGTH = 320;
const ASCII_OF_A_DOMAIN = /^[a-z0-9.-]*$/;

/**
 * The one form in which an address is stored, looked up and counted: trimmed, in lower case, with an
 * international domain in ASCII (RFC 5891). Text that is no address stays as it is otherwise.
 */
export function normalizeEmail(typed: string): string {
  const email = typed.trim().toLowerCase();
  return withDomain(email, (domain) => (isInternational(domain) ? domainToASCII(domain) : domain));
}

/** An address as its user would write it. */
export function displayEmail(email: string): string {
  return withDomain(email, domainToUnicode);
}

/** An address that somebody may take: what a browser accepts in `<input type="email">` (WHATWG HTML). */
export const newEmail = z
  .string()
  .max(STORED_MAX_LENGTH)
  .transform(normalizeEmail)
  .pipe(z.email({ pattern: z.regexes.html5Email }).max(NEW_MAX_LENGTH));

/** An address that may be that of an account, also of one from before the rule for new ones. */
export const storedEmail = z
  .string()
  .max(STORED_MAX_LENGTH)
  .transform(normalizeEmail)
  .refine((email) => email.includes('@') && !/\p{Cc}/u.test(email), 'Invalid email address');

/** Leaves a domain alone that can't be converted. */
function withDomain(email: string, convert: (domain: string) => string): string {
  const start = email.lastIndexOf('@') + 1;
  const domain = email.slice(start);
  return email.slice(0, start) + (convert(domain) || domain);
}

/** Nothing else that the URL parser would take for a port, a path or an escape reaches it. */
function isInternational(domain: string): boolean {
  const ascii = domain.replace(/[^\p{ASCII}]/gu, '');
  return ascii !== domain && ASCII_OF_A_DOMAIN.test(ascii);
}
