import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Loaded into a server's process before anything else (`--import`): tells the parent of each argon2id
 * hash that is begun. The hash itself is done as ever.
 */
const { argon2 } = crypto;
crypto.argon2 = ((...args: Parameters<typeof argon2>) => {
  process.send?.('argon2');
  return argon2(...args);
}) as typeof argon2;
syncBuiltinESMExports();
