import superjson from 'superjson';
import { EMAIL, PASSWORD } from './servers.ts';

export const JSON_HEADERS = { 'content-type': 'application/json' };

export function toBody(input: unknown): string {
  return JSON.stringify(superjson.serialize(input));
}

/** Calls a procedure and answers its data; throws when it fails. */
export async function callMana(origin: string, path: string, input: unknown): Promise<unknown> {
  const response = await fetch(`${origin}/trpc/${path}`, {
    method: 'POST',
    headers: JSON_HEADERS,
    body: toBody(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return superjson.deserialize(JSON.parse(text).result.data);
}

/** Signs the bench's user up and follows the mailed link. */
export async function createManaUser(origin: string, email = EMAIL): Promise<void> {
  await callMana(origin, 'auth.register', { email, password: PASSWORD, name: 'Bench' });
  const outbox = await fetch(`${origin}/dev/outbox`, { headers: { accept: 'application/json' } });
  const mails = (await outbox.json()) as { to: string; links: string[] }[];
  const link = mails.findLast((mail) => mail.to === email)?.links[0] ?? '';
  const token = new URL(link).searchParams.get('token');
  await callMana(origin, 'auth.verifyEmail', { token });
}
