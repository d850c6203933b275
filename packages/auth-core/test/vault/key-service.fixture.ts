import { importAesKey, openAesGcm, sealAesGcm } from '../../src/vault/format/aes-gcm.ts';
import { type Bytes, concatBytes } from '../../src/vault/format/bytes.ts';
import { toUnreadable } from '../../src/vault/format/unreadable.ts';
import { parseKekId } from '../../src/vault/keys/ids.ts';
import type { KeyService, KeyServiceRequest } from '../../src/vault/keys/key-service.ts';
import { secretOf } from './secret.fixture.ts';

/** Has two keys, and records what it was asked to seal. It ignores a zero byte at the end, as a service might. */
export class TestKeyService implements KeyService {
  readonly activeKekId = parseKekId('service/1');
  readonly kekIds = [this.activeKekId, parseKekId('service/2')];
  readonly seen: Bytes[] = [];
  isDown = false;

  async seal(key: Bytes, { kekId, associatedData }: KeyServiceRequest): Promise<Bytes> {
    this.seen.push(key.slice());
    const { iv, sealed } = await sealAesGcm(await this.#key(kekId), key, associatedData);
    return concatBytes(iv, sealed);
  }

  async unseal(sealed: Bytes, { kekId, associatedData }: KeyServiceRequest): Promise<Bytes> {
    const own = sealed.length === 61 && sealed[60] === 0 ? sealed.slice(0, 60) : sealed;
    const box = { iv: own.slice(0, 12), sealed: own.slice(12) };
    return openAesGcm(await this.#key(kekId), box, associatedData);
  }

  #key(kekId: string): Promise<CryptoKey> {
    if (this.isDown) throw new Error('ECONNREFUSED');
    const index = this.kekIds.map(String).indexOf(kekId);
    if (index === -1) throw toUnreadable();
    return importAesKey(secretOf(50 + index), ['encrypt', 'decrypt']);
  }
}
