import type { TabPlatform } from './tabs.ts';

/**
 * What joins the tabs of a browser, as far as it is there: BroadcastChannel, and Web Locks (which
 * want a secure context). Nothing outside a browser: Node has both, and there they would join the
 * clients of different people.
 */
export function findTabPlatform(): TabPlatform {
  if (typeof location === 'undefined') return {};
  return {
    createChannel:
      typeof BroadcastChannel === 'undefined' ? undefined : (name) => new BroadcastChannel(name),
    locks: navigator.locks,
  };
}
