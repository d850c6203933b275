import type { AuthFailure, AuthResult, TypedCode, VaultStatus } from '@mana/shared-auth';
import { tick } from 'svelte';
import { type Action, createAction } from '../../lib/action/action.svelte.ts';
import { auth } from '../../lib/session/auth.ts';
import { type ExistingVault, saysVaultChanged } from './vault-changes.ts';
import type { VaultNotice } from './vault-notice.ts';

/** At rest, in a step of the card's own, or with a new code that waits to be confirmed. */
type Step<Own extends string> =
  | { readonly at: 'rest' | Own }
  /** Secret. */
  | { readonly at: 'new-code'; readonly code: string };

interface CodeStepsOptions {
  readonly vault: () => ExistingVault;
  readonly notice?: VaultNotice | null;
  readonly onchanged: (vault: ExistingVault) => void;
  readonly onreload: () => void;
}

/**
 * The steps of a card that creates a recovery code and has it confirmed. Create it while the card is created.
 *
 * Ending a step moves the focus to the card and shows how it went; a step that may have changed the vault
 * unnoticed has it read again.
 */
export class CodeSteps<Own extends string> {
  readonly #options: CodeStepsOptions;
  step = $state.raw<Step<Own>>({ at: 'rest' });
  notice = $state.raw<VaultNotice | null>(null);
  /** The card's content, which takes the focus. */
  region = $state<HTMLElement>();
  readonly create: Action<TypedCode>;

  constructor(options: CodeStepsOptions) {
    this.#options = options;
    this.notice = options.notice ?? null;
    this.create = createAction({
      call: () => createCode(options.vault()),
      done: this.showCode,
      failed: this.reloadIfChanged,
    });
  }

  go(at: Own): void {
    this.notice = null;
    this.step = { at };
  }

  startCreating(): void {
    this.notice = null;
    void this.create.run();
  }

  showCode = ({ recoveryCode }: TypedCode): void => {
    this.step = { at: 'new-code', code: recoveryCode };
  };

  rest = async (notice: VaultNotice | null = null): Promise<void> => {
    this.step = { at: 'rest' };
    this.create.reset();
    this.notice = notice;
    await tick();
    this.region?.focus();
  };

  /** What was asked for may have gone through all the same, if its answer was lost. */
  cancel = (notice: VaultNotice | null = null): void => {
    void this.rest(notice);
    this.#options.onreload();
  };

  /** It went through: the page shows the vault as it is now. */
  finish = (vault: VaultStatus, notice: VaultNotice | null = null): void => {
    void this.rest(notice);
    if (vault.initialised) this.#options.onchanged(vault);
    else this.#options.onreload();
  };

  /** Changed elsewhere: the page catches up. */
  reloadIfChanged = (failure: AuthFailure): void => {
    if (saysVaultChanged(failure)) this.#options.onreload();
  };
}

function createCode({ hasRecoveryWrap }: ExistingVault): Promise<AuthResult<TypedCode>> {
  return hasRecoveryWrap ? auth.vault.rotateRecoveryCode() : auth.vault.setupRecoveryCode();
}
