import { type KekId, parseKekId, parseUserId, type UserId } from './ids.ts';

// Checked by tsc: each line below fails to compile when its guarantee is gone.

// @ts-expect-error text from anywhere is no user id before it was parsed
export const unparsedUserId: UserId = 'user-ada';

// @ts-expect-error nor a kek id
export const unparsedKekId: KekId = 'env-v1';

// @ts-expect-error and neither is the other
export const userIdAsKekId: KekId = parseUserId('user-ada');

export const kekId: KekId = parseKekId('env-v1');
