import { parseUserId } from '../../src/vault/keys/ids.ts';

export const ada = { userId: parseUserId('user-ada'), generation: 1 };
export const bob = { userId: parseUserId('user-bob'), generation: 1 };
