import { describe, expect, it } from 'vitest';
import { createCallLimits } from './call-limits.ts';

describe('call limits', () => {
  it('let exactly so many calls of a network through, and name the wait', async () => {
    const limits = createCallLimits(20);
    for (let i = 0; i < 20; i += 1) await limits.count('plain', '192.0.2.1');
    await expect(limits.count('plain', '192.0.2.1')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
    await expect(limits.count('plain', '192.0.2.1')).rejects.toSatisfy(
      (error: { retryAfterSec: number }) => error.retryAfterSec >= 1 && error.retryAfterSec <= 60,
    );
    await limits.count('plain', '192.0.2.2');
  });

  it('give guarded calls a tenth, counted apart', async () => {
    const limits = createCallLimits(20);
    await limits.count('guarded', '192.0.2.1');
    await limits.count('guarded', '192.0.2.1');
    await expect(limits.count('guarded', '192.0.2.1')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
    await limits.count('plain', '192.0.2.1');
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    [null, 'not an address'],
  ])('count %s and %s as one', async (a, b) => {
    const limits = createCallLimits(1);
    await limits.count('plain', a);
    await expect(limits.count('plain', b)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});
