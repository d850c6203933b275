import { type ChangeMail, writeChangeMail } from '../../mail/change-mail.ts';
import type { Mail } from '../../mail/mail.ts';
import type { VaultAction } from './audit/vault-audit.repository.ts';

/** What its owner is told of. */
export type NoticedAction = Exclude<VaultAction, 'init' | 'fetch' | 'removed'>;

const news: Readonly<Record<NoticedAction, { subject: string; text: string }>> = {
  rotate: {
    subject: 'Your vault has a new key',
    text: 'the key of your vault was replaced, and the former one is destroyed. Your recovery code is void,\nand no passkey opens the vault: set them up anew.',
  },
  recovery_set: {
    subject: 'Your vault has a new recovery code',
    text: 'a recovery code was set up for your vault. A former code opens it no more.',
  },
  recovery_clear: {
    subject: 'The recovery code of your vault is void',
    text: 'the recovery code of your vault opens it no more. You can set up another.',
  },
  zk_enable: {
    subject: 'We can no longer open your vault',
    text: "we have destroyed our copy of your vault's key. Without your recovery code, or a passkey that you set up\nfor it, nobody can open the vault again, and neither can we: keep the code where you will find it.",
  },
  passkey_set: {
    subject: 'A passkey opens your vault now',
    text: 'one of your passkeys was set up to open your vault.',
  },
  passkey_clear: {
    subject: 'A passkey opens your vault no more',
    text: 'one of your passkeys opens your vault no more. You can set it up again.',
  },
  zk_disable: {
    subject: 'Your vault opens without the recovery code again',
    text: 'you gave us the key of your vault to keep. It opens when you sign in, without the recovery code.',
  },
};

/** Tells the owner of a vault what was done with it. */
export function vaultMail(action: NoticedAction, about: ChangeMail): Mail {
  const { subject, text } = news[action];
  return writeChangeMail(about, { subject, news: text, advice: 'look-around' });
}
