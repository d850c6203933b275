import { type ChangeMail, writeChangeMail } from '../../mail/change-mail.ts';
import type { Mail } from '../../mail/mail.ts';
import type { VaultAction } from './audit/vault-audit.repository.ts';

/** What the owner of a vault is told about. */
export type NotifiedAction = Exclude<VaultAction, 'init' | 'fetch' | 'removed'>;

const news: Readonly<Record<NotifiedAction, { subject: string; text: string }>> = {
  rotate: {
    subject: 'Your vault has a new key',
    text: 'the key of your vault was replaced, and the previous one was destroyed. Your recovery code no longer\nworks, and no passkey opens the vault: set them up again.',
  },
  recovery_set: {
    subject: 'Your vault has a new recovery code',
    text: 'a recovery code was set up for your vault. Earlier codes no longer work.',
  },
  recovery_clear: {
    subject: 'Your vault no longer has a recovery code',
    text: 'the recovery code of your vault was removed and no longer works. You can set up a new one.',
  },
  zk_enable: {
    subject: 'We can no longer open your vault',
    text: "we have destroyed our copy of your vault's key. Without your recovery code, or a passkey that you set up\nfor it, nobody can open the vault, not even us: keep the code where you will find it.",
  },
  passkey_set: {
    subject: 'A passkey now opens your vault',
    text: 'one of your passkeys was set up to open your vault.',
  },
  passkey_clear: {
    subject: 'A passkey no longer opens your vault',
    text: 'one of your passkeys no longer opens your vault. You can set it up again.',
  },
  zk_disable: {
    subject: 'Your vault opens without the recovery code again',
    text: 'you gave us the key of your vault to keep. From now on it opens when you sign in, without the recovery code.',
  },
};

/** Tells the owner of a vault what was done with it. */
export function vaultMail(action: NotifiedAction, about: ChangeMail): Mail {
  const { subject, text } = news[action];
  return writeChangeMail(about, { subject, news: text, advice: 'look-around' });
}
