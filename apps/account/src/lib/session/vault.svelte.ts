import { createSubscriber } from 'svelte/reactivity';
import { auth } from './auth.ts';

const follow = createSubscriber((update) => auth.vault.state.subscribe(update));

/** Whether the vault is open in this tab, for markup and effects. */
export const vault = {
  get current() {
    follow();
    return auth.vault.state.get();
  },
};
