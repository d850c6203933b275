import { createSubscriber } from 'svelte/reactivity';
import { auth } from './auth.ts';

const follow = createSubscriber((update) => auth.vault.state.subscribe(update));

/** What this tab can do with the vault, for markup and effects. */
export const vault = {
  get current() {
    follow();
    return auth.vault.state.get();
  },
};
