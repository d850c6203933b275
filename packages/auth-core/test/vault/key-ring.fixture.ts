import { type KekId, parseKekId } from '../../src/vault/keys/ids.ts';
import { createKeyRing } from '../../src/vault/keys/key-ring.ts';
import { secretOf } from './secret.fixture.ts';

export const ENV_V1 = parseKekId('env-v1');
export const ENV_V2 = parseKekId('env-v2');

/** Two KEKs; the first is active by default. */
export function createTestRing(more: { activeKekId?: KekId; refusesFormat1?: boolean } = {}) {
  const keks = [
    { id: ENV_V1, bytes: secretOf(1) },
    { id: ENV_V2, bytes: secretOf(2) },
  ];
  return createKeyRing({ keks, activeKekId: ENV_V1, ...more });
}
