import { createAuthClient } from '@mana/shared-auth';

/** The one client of this tab. The server serves these pages, so it is at the page's own origin. */
export const auth = createAuthClient({ url: '' });
