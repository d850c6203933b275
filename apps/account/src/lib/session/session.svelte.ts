import { createSubscriber } from 'svelte/reactivity';
import { auth } from './auth.ts';

let hasBeenSignedIn = false;

const follow = createSubscriber((update) =>
  auth.session.subscribe((state) => {
    if (state.status === 'signed-in') hasBeenSignedIn = true;
    update();
  }),
);

/** Who is signed in, for markup and effects: they run again when it changes, here or in another tab. */
export const session = {
  get current() {
    follow();
    return auth.session.get();
  },
  /** Whether somebody signed out, here or in another tab, since this page was loaded. */
  get hasSignedOut(): boolean {
    const { current } = this;
    return hasBeenSignedIn && current.status === 'signed-out' && current.ended !== true;
  },
};
