import { setTimeout as delay } from 'node:timers/promises';
import superjson from 'superjson';
import type { Call } from './http-load.ts';

/** Address of the bench's user. */
export const EMAIL = 'bench@example.org';
/** Password of every user of the bench. */
export const PASSWORD = 'a quiet correct horse';
/** The origin that Better Auth believes it is called from. */
export const BETTER_AUTH_ORIGIN = 'http://localhost:3000';
/** Headers of a call with a JSON body. */
export const JSON_HEADERS = { 'content-type': 'application/json' };

/** The input of a procedure as its client sends it. */
export function toBody(input: unknown): string {
  return JSON.stringify(superjson.serialize(input));
}

/** Calls a procedure. Resolves with its data, or throws. */
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
  const token = new URL(await findLink(origin, email)).searchParams.get('token');
  await callMana(origin, 'auth.verifyEmail', { token, password: PASSWORD });
}

/** Asks until the mail is delivered, which takes a moment. */
async function findLink(origin: string, email: string): Promise<string> {
  for (;;) {
    const outbox = await fetch(`${origin}/dev/outbox`, { headers: { accept: 'application/json' } });
    const mails = (await outbox.json()) as { to: string; links: string[] }[];
    const link = mails.findLast((mail) => mail.to === email)?.links[0];
    if (link) return link;
    await delay(20);
  }
}

/** Creates that many users, each with a browser that has signed in once. Resolves with their next sign-ins. */
export async function createReturningUsers(origin: string, count: number): Promise<Call[]> {
  const url = `${origin}/trpc/auth.login`;
  const signIns: Call[] = [];
  for (let i = 0; i < count; i += 1) {
    const email = `bench-${i}@example.org`;
    await createManaUser(origin, email);
    const first = {
      url,
      method: 'POST',
      headers: JSON_HEADERS,
      body: toBody({ email, password: PASSWORD }),
    } as const;
    const { status, headers } = await fetch(url, first);
    const device = headers.getSetCookie().find((cookie) => cookie.startsWith('mana.device='));
    if (!device) throw new Error(`auth.login answered ${status} without the device's cookie`);
    signIns.push({ ...first, headers: { ...JSON_HEADERS, cookie: device.split(';')[0] ?? '' } });
  }
  return signIns;
}
