import type { AppRouter } from '@mana/server/router';
import type { AnyProcedure, inferProcedureInput, inferProcedureOutput } from '@trpc/server';

// Types only: nothing of the server is in the bundle, and a changed procedure shows in every caller.
type Routes = AppRouter['_def']['record'];

type PathIn<Group> = {
  [Name in keyof Group & string]: Group[Name] extends AnyProcedure
    ? Name
    : `${Name}.${PathIn<Group[Name]>}`;
}[keyof Group & string];

/** A procedure by its path in the router: `auth.sessions.list`. */
export type Procedure = PathIn<Routes>;

type At<Group, Path extends string> = Path extends keyof Group
  ? Extract<Group[Path], AnyProcedure>
  : Path extends `${infer Name extends keyof Group & string}.${infer Rest}`
    ? At<Group[Name], Rest>
    : never;

export type InputOf<P extends Procedure> = inferProcedureInput<At<Routes, P>>;
export type OutputOf<P extends Procedure> = inferProcedureOutput<At<Routes, P>>;

export type Health = OutputOf<'health'>;

/** The signed-in user, as the server shows them to themself. */
export type User = OutputOf<'auth.profile'>['user'];

/** What signing in answers. Holds a secret. */
export type SignedIn = OutputOf<'auth.login'>;

/** For services that take a bearer token. Secret; keep it in memory only. */
export type AccessToken = Pick<SignedIn, 'accessToken' | 'accessTokenExpiresAt'>;

/** A place where the user is signed in. */
export type SessionEntry = OutputOf<'auth.sessions.list'>['sessions'][number];

/** What happened to the user's account, newest first. */
export type SecurityEvent = OutputOf<'auth.securityEvents'>['events'][number];

/** A passkey as its user may see it. */
export type Passkey = OutputOf<'passkeys.list'>['passkeys'][number];

/** What the server knows of the user's vault. */
export type VaultStatus = OutputOf<'vault.status'>;

/** A note as the server keeps it: title and body encrypted. */
export type EncryptedNote = OutputOf<'notes.list'>['notes'][number];

/** What was done with the vault, or tried in vain, newest first. */
export type VaultAuditEntry = OutputOf<'vault.audit'>['entries'][number];

/** The actions that this version writes. An entry from before may have any other. */
export type VaultAuditAction = LiteralsOf<VaultAuditEntry['action']>;

type LiteralsOf<T extends string> = T extends string ? (string extends T ? never : T) : never;

/** Secret: the master key, or what the recovery code opens. */
export type VaultKey = OutputOf<'vault.key'>;
