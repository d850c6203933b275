import type { UnlockedVault } from '@mana/auth-core/vault/wraps/unlocked-vault';
import type { VaultTools } from './context.ts';
import type { HeldKeys } from './keys/key-store.ts';
import { readMasterKey } from './keys/master-key.ts';
import { toLocked } from './locked.ts';
import { mayHaveHappened, Refused, refuse } from './refused.ts';
import type { VaultTurn } from './run-exclusive.ts';
import type { Unlocking } from './unlocking.ts';
import type { VaultClient } from './vault-client.ts';

/** Another key for the vault. What this tab holds still decrypts, whatever becomes of the answers. */
export function createRotation(
  { state, tabs, server, keeper, masterKeys, takeTurn, follow, getStatus }: VaultTools,
  { enter }: Pick<Unlocking, 'enter'>,
): Pick<VaultClient, 'rotate' | 'forgetFormerKeys'> {
  /** The generation whose end was asked for. Its rotation is finished by the next call, not repeated. */
  let ending: number | undefined;

  /** Ends the newest key that this tab holds. */
  async function endKey(turn: VaultTurn): Promise<void> {
    const held = keeper.held();
    const newest = held?.current ?? held?.formers[0];
    if (!held || !newest) throw new Refused(toLocked());
    const { generation, revision } = await getStatus(turn);
    if (generation === newest.generation + 1 && ending === newest.generation) return;
    if (generation !== newest.generation) throw refuse('VAULT_CONFLICT');
    ending = generation;
    // Before it is gone everywhere else: a tab can close at any moment.
    await keeper.keepFormers(listKeys(held), turn.scope);
    try {
      await follow(await server.change('vault.rotate', { revision }), turn);
    } catch (error) {
      if (!mayHaveHappened(error)) {
        ending = undefined;
        await keeper.keepFormers(held.formers, turn.scope);
      }
      throw error;
    }
  }

  return {
    rotate: () =>
      takeTurn(async (turn) => {
        await endKey(turn);
        // The other tabs would go on encrypting with a key that is gone.
        tabs.post({ type: 'vault-locked' });
        const opened = await enter(turn, readMasterKey(await masterKeys.fetch(turn)));
        ending = undefined;
        return opened;
      }),

    forgetFormerKeys: () =>
      takeTurn(async ({ userId, scope }) => {
        const held = keeper.held();
        if (!held?.current) throw new Refused(toLocked());
        const { current, zeroKnowledge, keptOnDevice: stay } = held;
        const onDevice = await keeper.findFormers(userId);
        // Another tab may be about to end the key of now.
        const needed = onDevice.filter(({ generation }) => generation >= current.generation);
        if (needed.length < onDevice.length) await keeper.keepFormers(needed, scope);
        if (held.formers.length === 0) return state.get();
        return keeper.hold({ current, formers: [], zeroKnowledge }, { stay, scope });
      }),
  };
}

function listKeys({ current, formers }: HeldKeys): readonly UnlockedVault[] {
  return current ? [current, ...formers] : formers;
}
