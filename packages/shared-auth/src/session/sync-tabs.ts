import type { CurrentSession } from './current-session.ts';
import type { TabMessage } from './tab-message.ts';
import type { Tabs } from './tabs.ts';

/** Keeps this tab's session in step with the other tabs. */
export function syncTabs(session: CurrentSession, tabs: Tabs): void {
  tabs.subscribe((message) => syncSession(session, message));
}

function syncSession(session: CurrentSession, message: TabMessage): void {
  switch (message.type) {
    case 'signed-in':
      session.begin(message.session);
      break;
    case 'renewed':
      // An older session's token that arrives late doesn't overwrite a newer sign-in or a sign-out.
      if (session.covers(message.session)) session.renew(message.session);
      break;
    case 'signed-out':
      syncSignOut(session, message);
      break;
    case 'renewal-failed':
      // Only for tabs that are waiting for it.
      break;
    case 'vault-locked':
      // The vault handles this itself.
      break;
  }
}

function syncSignOut(
  session: CurrentSession,
  message: Extract<TabMessage, { type: 'signed-out' }>,
): void {
  const active = session.active();
  const isOfAnother = active && message.sessionId && active.sessionId !== message.sessionId;
  if (isOfAnother || session.store.get().status === 'signed-out') return;
  if (message.ended) session.endByServer({ code: 'TOKEN_EXPIRED' });
  else session.end();
}
