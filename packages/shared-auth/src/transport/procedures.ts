import type { AppRouter } from '@mana/server/router';
import type { AnyProcedure, inferProcedureInput, inferProcedureOutput } from '@trpc/server';
import type { AuthResult } from './result.ts';

// Types only: no server code is bundled, and a changed procedure is a compile error in every caller.
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

/** What the procedure takes. */
export type InputOf<P extends Procedure> = inferProcedureInput<At<Routes, P>>;
/** What the procedure returns. */
export type OutputOf<P extends Procedure> = inferProcedureOutput<At<Routes, P>>;

/** A method that passes its input to a procedure and resolves to the procedure's output. */
export type Method<P extends Procedure> = (input: InputOf<P>) => Promise<AuthResult<OutputOf<P>>>;
/** A `Method` without input. */
export type MethodWithoutInput<P extends Procedure> = () => Promise<AuthResult<OutputOf<P>>>;

/** How the server is doing. */
export type Health = OutputOf<'health'>;

/** The signed-in user, as they may see themselves. */
export type User = OutputOf<'auth.profile'>['user'];

/** The result of signing in. Contains a secret. */
export type SignedIn = OutputOf<'auth.login'>;

/** For services that accept a bearer token. Secret; keep it in memory only. */
export type AccessToken = Pick<SignedIn, 'accessToken' | 'accessTokenExpiresAt'>;

/** A place where the user is signed in. */
export type SessionEntry = OutputOf<'auth.sessions.list'>['sessions'][number];

/** What a link from a mail would do, and what it requires. */
export type MailedLink = OutputOf<'auth.mailedLink'>;

/** Something that happened to the user's account. */
export type SecurityEvent = OutputOf<'auth.securityEvents'>['events'][number];

/** A passkey, as its user may see it. */
export type Passkey = OutputOf<'passkeys.list'>['passkeys'][number];

/** What the server knows about the user's vault. */
export type VaultStatus = OutputOf<'vault.status'>;

/** A note as the server stores it: title and body are encrypted. */
export type EncryptedNote = OutputOf<'notes.list'>['notes'][number];

/** Something that was done with the vault, or attempted. */
export type VaultAuditEntry = OutputOf<'vault.audit'>['entries'][number];

/** The actions that this version writes. Older entries may have others. */
export type VaultAuditAction = LiteralsOf<VaultAuditEntry['action']>;

type LiteralsOf<T extends string> = T extends string ? (string extends T ? never : T) : never;

/** Secret: the master key, or what the recovery code opens. */
export type VaultKey = OutputOf<'vault.key'>;
