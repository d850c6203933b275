import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MODULE = fileURLToPath(new URL('./yield-hashing-threads.ts', import.meta.url));

/** Hashes in a process of its own, and prints the priority of its main thread and of those that hashed. */
const PROGRAM = `
  import { hashPassword } from '${fileURLToPath(new URL('./password-hash.ts', import.meta.url))}';
  import { yieldHashingThreads } from '${MODULE}';
  import { readdirSync, readFileSync } from 'node:fs';
  import { getPriority } from 'node:os';
  const moved = await yieldHashingThreads();
  await hashPassword('a quiet correct horse', { memoryKib: 19456, passes: 2 });
  const workers = readdirSync('/proc/self/task').filter((thread) =>
    readFileSync('/proc/self/task/' + thread + '/comm', 'utf8').startsWith('libuv-worker'));
  const priorities = workers.map((thread) => getPriority(Number(thread)) - getPriority());
  process.stdout.write(JSON.stringify({ moved, priorities }));
`;

describe.runIf(process.platform === 'linux')('threads that hash', () => {
  it('all give way to the main thread', () => {
    const args = ['--input-type=module-typescript', '--eval', PROGRAM];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ moved: 4, priorities: [10, 10, 10, 10] });
  });
});
