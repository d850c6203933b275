import type { AppSecrets } from '../secrets/app-secrets.ts';
import type { Mail } from './mail.ts';

/** Encrypts a mail, or that there is none, for its row in the outbox. */
export function sealMail(secrets: AppSecrets, rowId: string, mail: Mail | null): string {
  return secrets.encrypt(JSON.stringify(mail), { purpose: 'mail', owner: rowId });
}

/** Opens what `sealMail` made for this row. Throws `UndecryptableError`. */
export async function openMail(
  secrets: AppSecrets,
  { id, payload }: { readonly id: string; readonly payload: string },
): Promise<Mail | null> {
  const { data } = await secrets.decrypt(payload, { purpose: 'mail', owner: id });
  return JSON.parse(data);
}
