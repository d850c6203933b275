import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { describe, expect, it } from 'vitest';
import { createRefusalDurations } from '../timing-equalisation/refusal-durations.ts';
import { deriveHashLimits } from './hash-limits.ts';
import { hashPassword } from './password-hash.ts';
import { createPasswordHasher } from './password-hasher.ts';

const OWASP = { memoryKib: 19_456, passes: 2 };
const CHEAP = { memoryKib: 64, passes: 1 };
const PASSWORD = 'a quiet correct horse';
/** In the form that Better Auth writes; of no password that anybody knows. */
const SCRYPT = `${'0'.repeat(32)}:${'0'.repeat(128)}`;

describe('the password hasher', () => {
  it('hashes at its cost, verifies, and tells which hashes to upgrade', async () => {
    const hasher = createPasswordHasher({ cost: OWASP, maxConcurrent: 1, maxWaiting: 1 });
    const hash = await hasher.hash(PASSWORD);
    expect(await hasher.verify({ hash, password: PASSWORD })).toBe(true);
    expect(await hasher.verify({ hash, password: 'another' })).toBe(false);
    expect(hasher.needsRehash(hash)).toBe(false);
    expect(hasher.needsRehash(await hashPassword(PASSWORD, CHEAP))).toBe(true);
  });

  it('never uses more cores at once than it may', async () => {
    const hasher = createPasswordHasher({ cost: OWASP, maxConcurrent: 1, maxWaiting: 16 });
    const hash = await hasher.hash(PASSWORD);
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    await Promise.all(Array.from({ length: 16 }, () => hasher.verify({ hash, password: 'x' })));
    const { user, system } = process.cpuUsage(cpu);
    const cores = (user + system) / 1000 / (performance.now() - wall);
    expect(cores).toBeLessThan(1.3);
  });

  it('hashes off the main thread, which goes on answering', async () => {
    const hasher = createPasswordHasher({ cost: OWASP, maxConcurrent: 1, maxWaiting: 8 });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await Promise.all(Array.from({ length: 8 }, () => hasher.hash(PASSWORD)));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(20);
  });

  it('sheds any call that finds the queue full, with a time to wait', async () => {
    const hasher = createPasswordHasher({ cost: OWASP, maxConcurrent: 1, maxWaiting: 1 });
    const hash = await hashPassword(PASSWORD, CHEAP);
    const accepted = [hasher.hash(PASSWORD), hasher.verifyDummyPassword(PASSWORD)];
    for (const call of [
      () => hasher.hash(PASSWORD),
      () => hasher.verify({ hash, password: PASSWORD }),
      () => hasher.verifyDummyPassword(PASSWORD),
    ]) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(isAuthError(error) && error.code).toBe('SERVICE_UNAVAILABLE');
      expect(isAuthError(error) && error.retryAfterSec).toBe(1);
    }
    await Promise.all(accepted);
    expect(await hasher.verify({ hash, password: PASSWORD })).toBe(true);
  });

  it('makes room after a damaged hash', async () => {
    const hasher = createPasswordHasher({ cost: CHEAP, maxConcurrent: 1, maxWaiting: 0 });
    for (const hash of ['damaged', 'damaged', 'damaged']) {
      await expect(hasher.verify({ hash, password: PASSWORD })).rejects.toThrow(/unknown form/);
    }
    expect(await hasher.hash(PASSWORD)).toContain('$argon2id$');
  });

  it('takes as long for an account that doesn’t exist as for one that does', async () => {
    const hasher = createPasswordHasher({ cost: OWASP, maxConcurrent: 1, maxWaiting: 0 });
    const hash = await hasher.hash(PASSWORD);
    const real: number[] = [];
    const nothing: number[] = [];
    for (let round = 0; round < 15; round += 1) {
      real.push(await cpuOf(() => hasher.verify({ hash, password: 'wrong' })));
      nothing.push(await cpuOf(() => hasher.verifyDummyPassword('wrong')));
    }
    const ratio = median(nothing) / median(real);
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.4);
  });
});

describe('S25: a refused password', () => {
  it('waits out the slowest kind, whatever the hash and without one; a right one doesn’t', async () => {
    const noted: string[] = [];
    let asked = 0;
    const refusalDurations = {
      record: (kind: string) => void noted.push(kind),
      remainingMs() {
        asked += 1;
        return 0;
      },
    };
    const hasher = createPasswordHasher({
      cost: CHEAP,
      maxConcurrent: 1,
      maxWaiting: 0,
      refusalDurations,
    });
    const older = await hashPassword(PASSWORD, { memoryKib: 32, passes: 1 });
    const current = await hasher.hash(PASSWORD);
    for (const hash of [current, older, SCRYPT]) {
      expect(await hasher.verify({ hash, password: 'another' })).toBe(false);
    }
    await hasher.verifyDummyPassword(PASSWORD);
    expect(asked).toBe(4);
    expect(noted).toEqual(['m=64,t=1,p=1', 'm=32,t=1,p=1', 'scrypt', 'm=64,t=1,p=1']);

    for (const hash of [current, older]) {
      expect(await hasher.verify({ hash, password: PASSWORD })).toBe(true);
    }
    expect(asked).toBe(4);
  });

  it('waits as long as the slowest kind takes', async () => {
    const refusalDurations = createRefusalDurations();
    refusalDurations.record('scrypt', 300);
    const hasher = createPasswordHasher({
      cost: CHEAP,
      maxConcurrent: 1,
      maxWaiting: 0,
      refusalDurations,
    });
    const hash = await hasher.hash(PASSWORD);
    for (const refuse of [
      () => hasher.verify({ hash, password: 'another' }),
      () => hasher.verifyDummyPassword('another'),
    ]) {
      const startedAtMs = performance.now();
      await refuse();
      expect(performance.now() - startedAtMs).toBeGreaterThan(290);
    }
  });
});

describe('the bounds of hashing', () => {
  it('are one hash for each core, and at most about three seconds of waiting', () => {
    expect(deriveHashLimits(OWASP, 4, 2)).toEqual({ maxConcurrent: 2, maxWaiting: 128 });
    expect(deriveHashLimits(OWASP, 17, 16)).toEqual({ maxConcurrent: 16, maxWaiting: 1024 });
  });

  it("leave one of libuv's threads for names and files", () => {
    expect(deriveHashLimits(OWASP, 4, 4).maxConcurrent).toBe(3);
    expect(deriveHashLimits(OWASP, 4, 64).maxConcurrent).toBe(3);
    expect(deriveHashLimits(OWASP, 1, 4).maxConcurrent).toBe(1);
  });

  it('let fewer wait if a hash costs more, but always one for each that runs', () => {
    expect(deriveHashLimits({ memoryKib: 77_824, passes: 2 }, 4, 2).maxWaiting).toBe(32);
    expect(deriveHashLimits({ memoryKib: 1_048_576, passes: 64 }, 4, 2).maxWaiting).toBe(2);
  });
});

/** Milliseconds of CPU: other work on the machine doesn't count. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}
