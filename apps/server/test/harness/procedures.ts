import type { ApiClient } from './api-client.ts';
import { makeNote } from './insert-note.ts';
import { makePasskeyWrap } from './insert-passkey-wrap.ts';
import { makeRecoveryWrap } from './insert-vault.ts';
import type { CallWorld } from './procedure-calls.ts';
import { createPasskey } from './software-authenticator.ts';
import { freshEmail, PASSWORD } from './test-server.ts';

/** Who calls, and with what input. */
export interface CallOf {
  readonly client: ApiClient;
  readonly input?: unknown;
}

/** What the tests know about a procedure. */
export interface ProcedureRow {
  /** What it requires of its caller. */
  readonly requires: 'nothing' | 'signed-in' | 'session' | 'fresh';
  /** Whether it gives the caller's session a new id and token. */
  readonly replacesSession?: true;
  /** What another signed-in user gets for the same input; left out if that succeeds for them too. */
  readonly toOthers?: string;
  /** A call that succeeds while everything is well. */
  readonly call: (world: CallWorld) => CallOf | Promise<CallOf>;
}

const NEW_PASSWORD = 'another quiet horse';

/**
 * Every procedure, one row each. The access matrix, the fault matrix, the CSRF tests and the fuzzer take them
 * from here; a procedure without a row fails the tests.
 */
export const procedures: Readonly<Record<string, ProcedureRow>> = {
  health: { requires: 'nothing', call: ({ anonymous }) => anonymous() },
  'auth.register': {
    requires: 'nothing',
    call: ({ anonymous }) => anonymous({ email: freshEmail(), password: PASSWORD, name: 'Fresh' }),
  },
  'auth.verifyEmail': {
    requires: 'nothing',
    call: ({ anonymous, mailedToken }) => anonymous({ token: mailedToken, password: PASSWORD }),
  },
  'auth.mailedLink': {
    requires: 'nothing',
    call: async ({ anonymous, newUser, undoTokenOf }) =>
      anonymous({ token: await undoTokenOf(await newUser()) }),
  },
  'auth.declineSignUp': {
    requires: 'nothing',
    call: async ({ anonymous, newUser, verificationTokenOf }) =>
      anonymous({ token: await verificationTokenOf(await newUser()) }),
  },
  'auth.undoEmailChange': {
    requires: 'nothing',
    call: async ({ anonymous, newUser, undoTokenOf }) =>
      anonymous({ token: await undoTokenOf(await newUser()) }),
  },
  'auth.resendVerification': {
    requires: 'nothing',
    call: ({ anonymous, unverifiedEmail }) => anonymous({ email: unverifiedEmail }),
  },
  'auth.signupStatus': { requires: 'nothing', call: ({ anonymous }) => anonymous() },
  'auth.login': {
    requires: 'nothing',
    call: ({ anonymous, email }) => anonymous({ email, password: PASSWORD }),
  },
  'auth.validate': {
    requires: 'nothing',
    call: ({ anonymous, accessToken }) => anonymous({ token: accessToken }),
  },
  'auth.sessionToToken': { requires: 'session', call: ({ signedIn }) => signedIn() },
  'auth.refresh': { requires: 'session', call: ({ signedIn }) => signedIn() },
  'auth.logout': { requires: 'signed-in', call: ({ signedIn }) => signedIn() },
  'auth.reauthenticate': {
    requires: 'session',
    replacesSession: true,
    async call({ newUser }) {
      return { client: (await newUser()).client, input: { password: PASSWORD } };
    },
  },
  'auth.profile': { requires: 'signed-in', call: ({ signedIn }) => signedIn() },
  'auth.updateProfile': {
    requires: 'signed-in',
    call: ({ signedIn }) => signedIn({ name: 'Changed' }),
  },
  'auth.forgotPassword': {
    requires: 'nothing',
    call: ({ anonymous, email }) => anonymous({ email }),
  },
  'auth.resetPassword': {
    requires: 'nothing',
    async call({ anonymous, newUser, resetTokenOf }) {
      const token = await resetTokenOf(await newUser());
      return anonymous({ token, newPassword: NEW_PASSWORD });
    },
  },
  'auth.unlock': {
    requires: 'nothing',
    async call({ anonymous, newUser, unlockTokenOf }) {
      return anonymous({ token: await unlockTokenOf(await newUser()) });
    },
  },
  'auth.changeEmail': {
    requires: 'fresh',
    call: ({ signedIn }) => signedIn({ newEmail: freshEmail() }),
  },
  'auth.changePassword': {
    requires: 'fresh',
    replacesSession: true,
    async call({ newUser }) {
      const { client } = await newUser();
      return { client, input: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD } };
    },
  },
  'auth.deleteAccount': { requires: 'fresh', call: ({ newUser }) => newUser() },
  'auth.securityEvents': {
    requires: 'signed-in',
    call: ({ signedIn }) => signedIn({ limit: 5 }),
  },
  'auth.sessions.list': { requires: 'signed-in', call: ({ signedIn }) => signedIn() },
  'auth.sessions.revoke': {
    requires: 'signed-in',
    toOthers: 'NOT_FOUND',
    async call({ newUser }) {
      const { client, signIn } = await newUser();
      return { client, input: { id: (await signIn()).sessionId } };
    },
  },
  'auth.sessions.revokeOthers': {
    requires: 'signed-in',
    async call({ newUser }) {
      const { client, signIn } = await newUser();
      await signIn();
      return { client };
    },
  },
  'auth.twoFactor.enable': { requires: 'fresh', call: ({ newUser }) => newUser() },
  'auth.twoFactor.confirm': {
    requires: 'fresh',
    replacesSession: true,
    toOthers: 'VALIDATION',
    async call({ newTwoFactorUser }) {
      const { client, code } = await newTwoFactorUser({ enabled: false });
      return { client, input: { code: code() } };
    },
  },
  'auth.twoFactor.verifyTotp': {
    requires: 'nothing',
    async call({ anonymous, newTwoFactorUser }) {
      const { challenge, code } = await newTwoFactorUser();
      return anonymous({ code: code(), challenge });
    },
  },
  'auth.twoFactor.verifyBackupCode': {
    requires: 'nothing',
    async call({ anonymous, newTwoFactorUser }) {
      const { challenge, backupCodes } = await newTwoFactorUser();
      return anonymous({ code: backupCodes[0], challenge });
    },
  },
  'auth.twoFactor.regenerateBackupCodes': {
    requires: 'fresh',
    replacesSession: true,
    toOthers: 'VALIDATION',
    call: ({ newTwoFactorUser }) => newTwoFactorUser(),
  },
  'auth.twoFactor.disable': {
    requires: 'fresh',
    replacesSession: true,
    toOthers: 'VALIDATION',
    call: ({ newTwoFactorUser }) => newTwoFactorUser(),
  },
  'passkeys.capability': { requires: 'nothing', call: ({ anonymous }) => anonymous() },
  'passkeys.registerOptions': {
    requires: 'fresh',
    async call({ newUser }) {
      return { client: (await newUser()).client, input: { conditional: false } };
    },
  },
  'passkeys.registerVerify': {
    requires: 'fresh',
    replacesSession: true,
    toOthers: 'PASSKEY_VERIFICATION_FAILED',
    async call({ newUser, registrationChallengeOf }) {
      const user = await newUser();
      const response = createPasskey().attest(await registrationChallengeOf(user));
      return { client: user.client, input: { response, name: 'New' } };
    },
  },
  'passkeys.authenticateOptions': {
    requires: 'nothing',
    async call({ anonymous, allowOptions }) {
      await allowOptions();
      return anonymous();
    },
  },
  'passkeys.authenticateVerify': {
    requires: 'nothing',
    async call({ anonymous, newPasskeyUser, assertionChallenge }) {
      const { passkey } = await newPasskeyUser();
      return anonymous({ response: passkey.assert(await assertionChallenge()) });
    },
  },
  'passkeys.reauthenticateOptions': {
    requires: 'session',
    // Others have no passkey.
    toOthers: 'NOT_FOUND',
    async call({ newPasskeyUser, allowOptions }) {
      await allowOptions();
      return newPasskeyUser();
    },
  },
  'passkeys.reauthenticateVerify': {
    requires: 'session',
    replacesSession: true,
    toOthers: 'PASSKEY_VERIFICATION_FAILED',
    async call({ newPasskeyUser, assertionChallenge }) {
      const user = await newPasskeyUser();
      const response = user.passkey.assert(await assertionChallenge(user));
      return { client: user.client, input: { response } };
    },
  },
  'passkeys.list': { requires: 'signed-in', call: ({ newPasskeyUser }) => newPasskeyUser() },
  'passkeys.rename': {
    requires: 'signed-in',
    toOthers: 'NOT_FOUND',
    async call({ newPasskeyUser }) {
      const { client, passkeyId } = await newPasskeyUser();
      return { client, input: { id: passkeyId, name: 'Renamed' } };
    },
  },
  'passkeys.remove': {
    requires: 'fresh',
    replacesSession: true,
    toOthers: 'NOT_FOUND',
    async call({ newPasskeyUser }) {
      const { client, passkeyId } = await newPasskeyUser();
      return { client, input: { id: passkeyId } };
    },
  },
  'vault.status': { requires: 'signed-in', call: ({ newVaultUser }) => newVaultUser() },
  'vault.init': { requires: 'session', call: ({ newUser }) => newUser() },
  'vault.key': {
    requires: 'signed-in',
    // Others have no vault; so for all of the following.
    toOthers: 'VAULT_NOT_INITIALISED',
    call: ({ newVaultUser }) => newVaultUser(),
  },
  'vault.rotate': {
    requires: 'fresh',
    toOthers: 'VAULT_NOT_INITIALISED',
    async call({ newVaultUser }) {
      const { client, revision } = await newVaultUser({ recovery: true });
      return { client, input: { revision } };
    },
  },
  'vault.setRecoveryWrap': {
    requires: 'fresh',
    toOthers: 'VAULT_NOT_INITIALISED',
    async call({ newVaultUser }) {
      const { id, client, revision, masterKey, proof } = await newVaultUser({
        zeroKnowledge: true,
      });
      const { input } = await makeRecoveryWrap(masterKey, { userId: id });
      return { client, input: { revision, ...input, proof } };
    },
  },
  'vault.clearRecoveryWrap': {
    requires: 'fresh',
    toOthers: 'VAULT_NOT_INITIALISED',
    async call({ newVaultUser }) {
      const { client, revision } = await newVaultUser({ recovery: true });
      return { client, input: { revision } };
    },
  },
  'vault.passkeyWraps': {
    requires: 'signed-in',
    toOthers: 'VAULT_NOT_INITIALISED',
    call: ({ newPasskeyVaultUser }) => newPasskeyVaultUser(),
  },
  'vault.passkeyOptions': { requires: 'fresh', call: ({ newPasskeyUser }) => newPasskeyUser() },
  'vault.setPasskeyWrap': {
    requires: 'fresh',
    toOthers: 'VAULT_NOT_INITIALISED',
    async call({ newPasskeyVaultUser }) {
      const { id, client, revision, masterKey, proof, passkey } = await newPasskeyVaultUser({
        zeroKnowledge: true,
      });
      const wrap = await makePasskeyWrap(masterKey, { userId: id }, passkey);
      return { client, input: { revision, ...wrap, proof } };
    },
  },
  'vault.clearPasskeyWrap': {
    requires: 'fresh',
    toOthers: 'VAULT_NOT_INITIALISED',
    async call({ newPasskeyVaultUser }) {
      const { client, revision, passkey } = await newPasskeyVaultUser();
      return { client, input: { revision, passkeyId: passkey.passkeyId } };
    },
  },
  'vault.enableZeroKnowledge': {
    requires: 'fresh',
    toOthers: 'VAULT_NOT_INITIALISED',
    async call({ newVaultUser }) {
      const { client, revision } = await newVaultUser({ recovery: true });
      return { client, input: { revision } };
    },
  },
  'vault.disableZeroKnowledge': {
    requires: 'fresh',
    toOthers: 'VAULT_NOT_INITIALISED',
    async call({ newVaultUser }) {
      const { client, revision, masterKey } = await newVaultUser({ zeroKnowledge: true });
      return { client, input: { revision, masterKey } };
    },
  },
  'vault.audit': {
    requires: 'signed-in',
    async call({ newVaultUser }) {
      return { client: (await newVaultUser()).client, input: { limit: 5 } };
    },
  },
  'notes.list': {
    requires: 'signed-in',
    async call({ newNoteUser }) {
      return { client: (await newNoteUser()).client, input: { limit: 5 } };
    },
  },
  'notes.create': {
    requires: 'signed-in',
    toOthers: 'VAULT_NOT_INITIALISED',
    async call({ newVaultUser }) {
      return { client: (await newVaultUser()).client, input: makeNote() };
    },
  },
  'notes.update': {
    requires: 'signed-in',
    toOthers: 'NOT_FOUND',
    async call({ newNoteUser }) {
      const { client, noteId } = await newNoteUser();
      return { client, input: { ...makeNote(noteId), revision: 1 } };
    },
  },
  'notes.remove': {
    requires: 'signed-in',
    async call({ newNoteUser }) {
      const { client, noteId } = await newNoteUser();
      return { client, input: { id: noteId } };
    },
  },
};
