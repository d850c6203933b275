import { passkeyClient } from '@better-auth/passkey/client';
import { createAuthClient } from 'better-auth/client';

/** What the size is measured against: Better Auth's client with its passkey plugin. */
export const reference = createAuthClient({ plugins: [passkeyClient()] });
