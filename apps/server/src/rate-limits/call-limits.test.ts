import { createMemoryStore } from '@mana/auth-core/rate-limit/memory-store';
import { describe, expect, it } from 'vitest';
import { createCallLimits } from './call-limits.ts';

function createLimits(callsPerMinute: number) {
  const clock = { nowMs: 1_800_000_000_000 };
  const store = createMemoryStore({ maxKeys: 100 });
  const now = () => new Date(clock.nowMs);
  return { clock, limits: createCallLimits({ store, callsPerMinute, now }) };
}

describe('call limits', () => {
  it('let exactly the limit of a network’s calls through, and name the wait', async () => {
    const { clock, limits } = createLimits(20);
    for (let i = 0; i < 20; i += 1) await limits.count('plain', '192.0.2.1');
    const refused = { code: 'RATE_LIMITED', retryAfterSec: 60 };
    await expect(limits.count('plain', '192.0.2.1')).rejects.toMatchObject(refused);
    await limits.count('plain', '192.0.2.2');
    clock.nowMs += 59_999;
    const last = { code: 'RATE_LIMITED', retryAfterSec: 1 };
    await expect(limits.count('plain', '192.0.2.1')).rejects.toMatchObject(last);
    clock.nowMs += 1;
    await limits.count('plain', '192.0.2.1');
  });

  it('give guarded calls a tenth, counted separately', async () => {
    const { limits } = createLimits(20);
    await limits.count('guarded', '192.0.2.1');
    await limits.count('guarded', '192.0.2.1');
    await expect(limits.count('guarded', '192.0.2.1')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
    await limits.count('plain', '192.0.2.1');
  });

  it('let at least one guarded call through', async () => {
    const { limits } = createLimits(1);
    await limits.count('guarded', '192.0.2.1');
    await expect(limits.count('guarded', '192.0.2.1')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    [null, 'not an address'],
  ])('count %s and %s as one', async (a, b) => {
    const { limits } = createLimits(1);
    await limits.count('plain', a);
    await expect(limits.count('plain', b)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});
