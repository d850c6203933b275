import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Page, Route } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inventPerson, openSecurity, signIn, signOut } from './support/person.ts';
import { browser, openSignedIn, PATIENCE, server, useServer } from './support/set-up.ts';
import {
  addAuthenticator,
  recordTraffic,
  type VirtualAuthenticator,
  waitForOffer,
} from './support/virtual-authenticator.ts';

const anna = inventPerson('Anna');
const berta = inventPerson('Berta');
const OPTIONS = '**/trpc/passkeys.authenticateOptions';
/** A flag of authenticator data (WebAuthn Level 3, section 6.1). */
const USER_VERIFIED = 0x04;
const VERIFY = '**/trpc/passkeys.authenticateVerify';

/** Where Anna signs in with her passkey, and others try to. */
let page: Page;
let reader: VirtualAuthenticator;
/** Where Anna is signed in all along. */
let own: Page;
/** What Anna's browser sent when her passkey was created. */
let registration: Body;

interface Body {
  readonly json: { readonly response: { readonly response: Readonly<Record<string, unknown>> } };
}

useServer();

beforeAll(async () => {
  own = await openSignedIn(anna);
  page = await browser.newPage({ baseURL: server.url });
  await recordTraffic(page);
  reader = await addAuthenticator(page);
  await page.goto('/sign-in');
  await signIn(page, anna);
  await openSecurity(page);
  const sent = page.waitForRequest('**/trpc/passkeys.registerVerify');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  registration = (await sent).postDataJSON();
  await page.getByText('was added').waitFor();
  await reader.setPresent(false);
  await signOut(page);
});

beforeEach(async () => {
  // The limits last a minute, the lock of a passkey five.
  await server.passMinutes(6);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.context().clearCookies();
  await reader.setPresent(false);
  await page.goto('/sign-in');
  await waitForOffer(page);
});

/** Answers one prompt, and none of the autofill that may follow. */
async function pressPasskey(): Promise<void> {
  const sent = page.waitForRequest(VERIFY);
  await clickThenPress('Sign in with a passkey');
  await sent;
  await reader.setPresent(false);
}

/** Touches the reader once the button asks: an earlier touch could answer a new autofill. */
async function clickThenPress(name: string): Promise<void> {
  const press = async (route: Route) => {
    await reader.setPresent(true);
    await route.fallback();
  };
  await page.route(OPTIONS, press, { times: 1 });
  await page.getByRole('button', { name }).click();
}

async function expectRefused(): Promise<void> {
  await page.getByRole('alert').getByText("That passkey couldn't be verified.").waitFor();
  expect(await hasSession()).toBe(false);
}

async function expectSignedIn(): Promise<void> {
  await page.getByRole('heading', { name: 'Your profile' }).waitFor();
  expect(await hasSession()).toBe(true);
}

async function hasSession(): Promise<boolean> {
  const cookies = await page.context().cookies();
  return cookies.some(({ name }) => name.includes('session'));
}

/** Calls the server as a program would, which can claim any origin. */
async function call(procedure: string, body: string, origin = server.url): Promise<Answer> {
  const response = await fetch(`${server.url}/trpc/passkeys.${procedure}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body,
  });
  const { error, result } = await response.json();
  const setsCookie = response.headers.getSetCookie().some((cookie) => cookie.includes('session'));
  const { code } = error?.json.data.auth ?? {};
  return { status: response.status, code, setsCookie, data: result?.data.json };
}

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly setsCookie: boolean;
  readonly data: { readonly challenge?: string } | undefined;
}

/** Presses the button, and intercepts what the browser sends to the server. */
async function intercept(): Promise<string> {
  const caught = Promise.withResolvers<string>();
  await page.route(VERIFY, async (route) => {
    caught.resolve(route.request().postData() ?? '');
    await route.abort();
  });
  await pressPasskey();
  return caught.promise;
}

/** Asks the browser for less than the server did. */
async function requestNoVerification(route: Route): Promise<void> {
  const answer = await route.fetch();
  const body = await answer.json();
  const options = body.result.data.json;
  options.userVerification = 'discouraged';
  await route.fulfill({ response: answer, json: body });
}

/** Browsers require it for a new passkey, but the flag that says so isn't signed. */
function denyVerification(attestationObject: unknown): string {
  const bytes = Buffer.from(String(attestationObject), 'base64url');
  const rpIdHash = createHash('sha256').update('localhost').digest();
  const at = bytes.indexOf(rpIdHash) + rpIdHash.length;
  bytes.writeUInt8(bytes.readUInt8(at) & ~USER_VERIFIED, at);
  return bytes.toString('base64url');
}

describe('a user who was not verified', () => {
  test('is refused by the server when the browser was told not to ask, and has no session', async () => {
    await reader.setUserVerified(false);
    await page.route(OPTIONS, requestNoVerification);
    await pressPasskey();
    await expectRefused();
    await reader.setUserVerified(true);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await pressPasskey();
    await expectSignedIn();
  });

  test('adds no passkey either', async () => {
    await signIn(page, anna);
    await openSecurity(page);
    const key = await addAuthenticator(page, { transport: 'usb' });
    await page.route('**/trpc/passkeys.registerVerify', async (route) => {
      const { json }: Body = route.request().postDataJSON();
      const attestationObject = denyVerification(json.response.response['attestationObject']);
      const response = { ...json.response.response, attestationObject };
      const changed = { ...json, response: { ...json.response, response } };
      await route.continue({ postData: JSON.stringify({ json: changed }) });
    });
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    const section = page.getByRole('region', { name: 'Passkeys' });
    await section.getByRole('alert').getByText("so it wasn't added").waitFor();
    await page.reload();
    await section.getByRole('listitem').first().waitFor();
    expect(await section.getByRole('listitem').count()).toBe(1);
    await key.remove();
  });
});

describe('a copy of a passkey', () => {
  test('is refused once its counter is behind, and the owner sees it', async () => {
    const [credential] = await reader.readCredentials();
    if (!credential) throw new Error('No credential');
    await reader.removeCredential(credential.credentialId);
    await reader.addCredential({ ...credential, signCount: 0 });
    await pressPasskey();
    await expectRefused();
    await openSecurity(own);
    const activity = own.getByRole('region', { name: 'Recent activity' });
    await activity.getByText('A passkey that may have been copied was refused').waitFor();
    expect(await server.readSubjects(anna.email)).toContain(
      'One of your passkeys may have been copied',
    );
    await reader.removeCredential(credential.credentialId);
    await reader.addCredential({ ...credential, signCount: credential.signCount + 1 });
    await pressPasskey();
    await expectSignedIn();
  });

  test("can't be registered by another user, and its owner still signs in", async () => {
    const bertas = await openSignedIn(berta);
    await openSecurity(bertas);
    await addAuthenticator(bertas);
    // Nothing but the challenge in the client data binds a registration to its user.
    await bertas.route('**/trpc/passkeys.registerVerify', async (route) => {
      const { json }: Body = route.request().postDataJSON();
      const { clientDataJSON } = json.response.response;
      const stolen = registration.json.response;
      const response = { ...stolen, response: { ...stolen.response, clientDataJSON } };
      await route.continue({ postData: JSON.stringify({ json: { ...json, response } }) });
    });
    await bertas.getByRole('button', { name: 'Add a passkey' }).click();
    await bertas.getByRole('alert').getByText('That passkey is already registered.').waitFor();
    await bertas.reload();
    await bertas.getByText("You don't have any yet.").waitFor();
    await bertas.context().close();
    await pressPasskey();
    await expectSignedIn();
    await page.getByText(anna.email).first().waitFor();
  });
});

describe('an assertion', () => {
  test('that is sent fifty times at once signs in exactly once', async () => {
    const body = await intercept();
    /** Again where a busy machine had no time for it: each gets an answer about the assertion. */
    const replay = async () => {
      let answer = await call('authenticateVerify', body);
      while (answer.code === 'SERVICE_UNAVAILABLE') {
        answer = await call('authenticateVerify', body);
      }
      return answer;
    };
    const answers = await Promise.all(Array.from({ length: 50 }, replay));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ setsCookie }) => setsCookie)).toHaveLength(1);
    const refusals = ['PASSKEY_VERIFICATION_FAILED', 'RATE_LIMITED'];
    expect(answers.filter(({ code }) => refusals.includes(code ?? ''))).toHaveLength(49);
    const late = await call('authenticateVerify', body);
    expect(late).toMatchObject({ code: 'PASSKEY_VERIFICATION_FAILED', setsCookie: false });
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.goto('/sign-in');
    await waitForOffer(page);
    await pressPasskey();
    await expectSignedIn();
  });

  test('obtained by a page of another origin signs nobody in', async () => {
    const impostor = await startImpostor();
    try {
      await page.goto(impostor.url);
      await reader.setPresent(true);
      for (const [origin, code] of [
        [server.url, 'PASSKEY_VERIFICATION_FAILED'],
        [impostor.url, 'FORBIDDEN'],
      ] as const) {
        const { data } = await call('authenticateOptions', '{}');
        const response = await page.evaluate(askForAssertion, data?.challenge ?? '');
        const body = JSON.stringify({ json: { response } });
        const answer = await call('authenticateVerify', body, origin);
        expect(answer).toMatchObject({ code, setsCookie: false });
      }
    } finally {
      await impostor.stop();
    }
  });

  test('that meets a hanging database is blamed on nobody: a calm notice, no lock, and it works again', async () => {
    await page.route(VERIFY, async (route) => {
      server.freezeDatabase();
      await route.continue();
    });
    try {
      await pressPasskey();
      await page.getByRole('status').getByText('This one is on us').waitFor(PATIENCE);
      await page.getByText('Your passkey is fine, and nothing was counted against you.').waitFor();
      expect(await page.getByText(/Trying again|try again in/).count()).toBe(0);
      expect(await hasSession()).toBe(false);
    } finally {
      server.thawDatabase();
    }
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await clickThenPress('Try now');
    await expectSignedIn();
  });
});

/** A page on the same host, and so within the relying party, but of another origin. */
async function startImpostor(): Promise<{ readonly url: string; stop(): Promise<unknown> }> {
  const impostor = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<title>Almost mana</title>');
  });
  await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
  const address = impostor.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return {
    url: `http://localhost:${address.port}`,
    stop: () => {
      impostor.closeAllConnections();
      return new Promise((resolve) => impostor.close(resolve));
    },
  };
}

/** In the page: what an impostor does with a challenge from the server. */
async function askForAssertion(challenge: string): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON({
    challenge,
    rpId: 'localhost',
    userVerification: 'required',
  });
  const credential = await navigator.credentials.get({ publicKey });
  return credential instanceof PublicKeyCredential ? credential.toJSON() : null;
}
