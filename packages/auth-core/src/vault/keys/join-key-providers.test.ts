import { describe, expect, it } from 'vitest';
import { expectUnreadable } from '../../../test/vault/expect-unreadable.fixture.ts';
import { testKeyProvider } from '../../../test/vault/key-provider.contract.ts';
import { createTestRing } from '../../../test/vault/key-ring.fixture.ts';
import { TestKeyService } from '../../../test/vault/key-service.fixture.ts';
import { ada } from '../../../test/vault/people.fixture.ts';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { unwrapMasterKey, wrapMasterKey } from '../wraps/master-key-wrap.ts';
import { joinKeyProviders } from './join-key-providers.ts';
import { createServiceProvider } from './key-service.ts';

const createService = () => createServiceProvider(new TestKeyService());

describe('a ring joined to a service as a key provider', () =>
  testKeyProvider(async () => joinKeyProviders(await createTestRing(), createService())));

it('wraps with the first and opens with the one that has the key', async () => {
  const ring = await createTestRing();
  const stored = await wrapMasterKey(ring, secretOf(9), ada);
  const joined = joinKeyProviders(createService(), ring);
  expect(joined.kekIds).toEqual(['service/1', 'service/2', 'env-v1', 'env-v2']);
  expect(await unwrapMasterKey(joined, stored, ada)).toEqual(secretOf(9));
  expect(await wrapMasterKey(joined, secretOf(9), ada)).toMatchObject({
    kekId: joined.activeKekId,
    formatVersion: 3,
  });
});

it("opens no wrap under the other provider's key", async () => {
  const joined = joinKeyProviders(await createTestRing(), createService());
  const stored = await wrapMasterKey(joined, secretOf(9), ada);
  for (const formatVersion of [1, 2, 3]) {
    const moved = { ...stored, kekId: 'service/1', formatVersion };
    await expectUnreadable(() => unwrapMasterKey(joined, moved, ada));
  }
});

it('refuses two providers that have the same kek id', async () => {
  const [one, other] = await Promise.all([createTestRing(), createTestRing()]);
  expect(() => joinKeyProviders(one, other)).toThrow('Two key providers have the kek "env-v1"');
});
