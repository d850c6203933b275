import { describe, expect, it } from 'vitest';
import { collectCauseChain } from './cause-chain.ts';

describe('collectCauseChain', () => {
  it('returns the error itself, then the nearest first, each once', () => {
    const root = new Error('root');
    const cause = new Error('cause', { cause: root });
    const [one, two] = [new Error('one', { cause: root }), new Error('two')];
    const outer = Object.assign(new AggregateError([one, two, one, undefined, null]), { cause });
    expect(collectCauseChain(outer)).toEqual([outer, cause, one, two, null, root]);
    expect(collectCauseChain(undefined)).toEqual([undefined]);
  });

  it('ends at a hundred links, of a chain and of a crowd', () => {
    let chain = new Error('0');
    for (let i = 1; i < 150; i += 1) chain = new Error(`${i}`, { cause: chain });
    expect(collectCauseChain(chain)).toHaveLength(100);
    const crowd = { errors: Array.from({ length: 150 }, (_, i) => i), cause: 'cause' };
    expect(collectCauseChain(crowd)).toEqual([crowd, 'cause', ...crowd.errors.slice(0, 98)]);
  });
});
