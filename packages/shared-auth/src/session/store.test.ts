import { expect, it, vi } from 'vitest';
import { createSignedIn } from '../../test/fault-server.fixture.ts';
import type { SessionState } from './current-session.ts';
import { createStore } from './store.ts';

it('reports each change once, and none after unsubscribing', () => {
  const store = createStore<SessionState>({ status: 'unknown' });
  const heard: SessionState[] = [];
  const listener = (state: SessionState) => void heard.push(state);
  const unsubscribe = store.subscribe(listener);
  store.subscribe(listener)();
  const { user } = createSignedIn('ada');
  store.set({ status: 'signed-in', user });
  store.set({ status: 'signed-in', user: { ...user } });
  unsubscribe();
  store.set({ status: 'signed-out' });
  expect(heard).toEqual([{ status: 'signed-in', user }]);
});

it('keeps the same object until something changes', () => {
  const store = createStore<SessionState>({ status: 'unknown' });
  const { user } = createSignedIn('ada');
  store.set({ status: 'signed-in', user });
  const before = store.get();
  store.set({ status: 'signed-in', user: { ...user } });
  expect(store.get()).toBe(before);
  store.set({ status: 'signed-in', user: { ...user, name: 'Ada L.' } });
  expect(store.get()).not.toBe(before);
});

it('still tells the other listeners when one throws, and reports the error', () => {
  const reports: (() => void)[] = [];
  vi.stubGlobal('queueMicrotask', (report: () => void) => reports.push(report));
  const store = createStore<SessionState>({ status: 'unknown' });
  const heard: SessionState[] = [];
  store.subscribe(() => {
    throw new Error('of the page');
  });
  store.subscribe((state) => heard.push(state));
  store.set({ status: 'signed-out' });
  vi.unstubAllGlobals();
  expect(heard).toEqual([{ status: 'signed-out' }]);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toThrow('of the page');
});
