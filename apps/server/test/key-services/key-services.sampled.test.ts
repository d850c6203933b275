import { testKeyProvider } from '@mana/auth-core/test/vault/key-provider.contract';
import { inProofs } from '@mana/db/testing/in-proofs';
import { afterAll, beforeAll, describe } from 'vitest';
import { openKms, openTransit } from '../harness/key-services/key-providers.ts';
import { arnOf, type KmsServer, startKmsServer } from '../harness/key-services/kms-server.ts';
import { startTransitServer, type TransitServer } from '../harness/key-services/transit-server.ts';

/** Each change is a call to the service. */
const EVERY = { nth: inProofs(1, { otherwise: 16 }) };

describe('Vault Transit as a key provider', () => {
  let server: TransitServer;
  beforeAll(async () => {
    server = await startTransitServer(['one', 'two']);
  });
  afterAll(() => server.stop());
  testKeyProvider(async () => openTransit(server), EVERY);
});

describe('AWS KMS as a key provider', () => {
  let server: KmsServer;
  beforeAll(async () => {
    server = await startKmsServer([arnOf('one'), arnOf('two')]);
  });
  afterAll(() => server.stop());
  testKeyProvider(async () => openKms(server), EVERY);
});
