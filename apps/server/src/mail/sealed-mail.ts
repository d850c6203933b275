import type { AppSecrets } from '../secrets/app-secrets.ts';
import { openText, sealText } from '../secrets/sealed-text.ts';
import type { Mail } from './mail.ts';

const PURPOSE = 'mana.outbox';

/** Encrypts a mail, or that there is none, for its row in the outbox. */
export function sealMail(secrets: AppSecrets, rowId: string, mail: Mail | null): string {
  return sealText(secrets, JSON.stringify(mail), { purpose: PURPOSE, rowId });
}

/** Opens what `sealMail` made for this row. Throws `UndecryptableError`. */
export function openMail(
  secrets: AppSecrets,
  { id, payload }: { readonly id: string; readonly payload: string },
): Mail | null {
  return JSON.parse(openText(secrets, payload, { purpose: PURPOSE, rowId: id }));
}
