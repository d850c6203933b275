import { inspect } from 'node:util';
import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import type { KeyProvider, ServerWrap } from '@mana/auth-core/vault/keys/key-provider';
import {
  generateMasterKey,
  unwrapMasterKey,
  wrapMasterKey,
} from '@mana/auth-core/vault/wraps/master-key-wrap';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyServiceFault } from '../../src/key-providers/post-to-key-service.ts';
import { faults } from '../harness/key-services/faults.ts';
import type { HttpService } from '../harness/key-services/http-service.ts';
import { IN_TIME_MS, openKms, openTransit, TOKEN } from '../harness/key-services/key-providers.ts';
import { arnOf, CREDENTIALS, startKmsServer } from '../harness/key-services/kms-server.ts';
import { startTransitServer } from '../harness/key-services/transit-server.ts';

const ADA = { userId: parseUserId('user-ada'), generation: 1 };
const SECRETS = [TOKEN, CREDENTIALS.secretAccessKey, CREDENTIALS.sessionToken];

describe.each([
  ['Vault Transit', () => startTransitServer(['one', 'two']), openTransit],
  ['AWS KMS', () => startKmsServer([arnOf('one'), arnOf('two')]), openKms],
])('%s', (_name, startService, open) => {
  const key = generateMasterKey();
  let service: HttpService;
  let provider: KeyProvider;
  let stored: ServerWrap;

  beforeAll(async () => {
    service = await startService();
    provider = open(service);
    stored = await wrapMasterKey(provider, key, ADA);
  });
  afterAll(() => service.stop());

  /** It is a fault, comes soon enough, and reveals nothing that was sent. */
  async function expectFault(asking: () => Promise<unknown>): Promise<string> {
    const begun = performance.now();
    const before = service.requests.length;
    const error = await asking().then(
      () => expect.fail('It was answered'),
      (reason: unknown) => reason,
    );
    expect(performance.now() - begun).toBeLessThan(IN_TIME_MS);
    expect(error).toBeInstanceOf(KeyServiceFault);
    expect(isAuthError(error)).toBe(false);
    const shown = inspect(error, { depth: 10, showHidden: true });
    const sent = service.requests.slice(before).map(({ body }) => JSON.parse(body));
    const keys = sent.map((body) => body.plaintext ?? body.Plaintext).filter(Boolean);
    for (const secret of [...SECRETS, ...keys]) expect(shown).not.toContain(secret);
    return error instanceof Error ? error.message : '';
  }

  const wrap = () => wrapMasterKey(provider, key, ADA);
  const unwrap = () => unwrapMasterKey(provider, stored, ADA);

  it.each(Object.entries(faults))(
    'is no damaged vault when it answers with %s',
    async (_, fault) => {
      service.setFault(fault);
      await expectFault(unwrap);
      await expectFault(wrap);
      service.setFault(null);
      expect(await unwrap()).toEqual(key);
    },
  );

  it('is reported as down, and serves as soon as it is back', async () => {
    await service.stop();
    expect(await expectFault(unwrap)).toMatch(/can't be reached: connect ECONNREFUSED/);
    expect(await expectFault(wrap)).toContain(new URL(service.origin).port);
    await service.start();
    expect(await unwrap()).toEqual(key);
  });

  it('is cut off when its answer doesn’t end', async () => {
    service.setFault(faults['a huge answer'] ?? null);
    expect(await expectFault(unwrap)).toMatch(/sends an endless answer$/);
    service.setFault(null);
  });

  it('is called again after a passing failure, within the same time limit', async () => {
    let failures = 1;
    service.setFault((response, request) => {
      service.setFault(null);
      failures -= 1;
      expect(request.method).toBe('POST');
      response.socket?.resetAndDestroy();
    });
    expect(await unwrap()).toEqual(key);
    expect(failures).toBe(0);
  });

  it('is called once if it refuses, and twice if it fails', async () => {
    const asked = async (fault: string) => {
      service.setFault(faults[fault] ?? null);
      const before = service.requests.length;
      await expectFault(unwrap);
      service.setFault(null);
      return service.requests.length - before;
    };
    expect(await asked('a refused caller')).toBe(1);
    expect(await asked('a seal')).toBe(2);
  });

  it('fails each of a hundred callers in time while it hangs', async () => {
    service.setFault(faults['no answer'] ?? null);
    await Promise.all(Array.from({ length: 100 }, () => expectFault(unwrap)));
    service.setFault(null);
    expect(await Promise.all(Array.from({ length: 100 }, unwrap))).toHaveLength(100);
  });
});
