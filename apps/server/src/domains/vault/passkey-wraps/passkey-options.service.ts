import type { SignedInContext } from '../../../trpc/context.ts';
import { listOwnPasskeys, type OwnPasskeys } from '../../passkeys/passkey-list.service.ts';

/** A passkey, and how a browser finds it. */
export type PasskeyOption = Pick<
  OwnPasskeys['passkeys'][number],
  'id' | 'credentialId' | 'transports'
>;

/** For which of the caller's passkeys a wrap can be made. */
export async function listPasskeyOptions(
  call: SignedInContext,
): Promise<{ readonly passkeys: readonly PasskeyOption[] }> {
  const { passkeys } = await listOwnPasskeys(call);
  return {
    passkeys: passkeys.map(({ id, credentialId, transports }) => ({
      id,
      credentialId,
      transports,
    })),
  };
}
