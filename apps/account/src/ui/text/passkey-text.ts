import type { Passkey } from '@mana/shared-auth';

/** Where a passkey is kept, as its owner may know it: the product, and whether it is on one device alone. */
export function describePasskeyStorage({
  name,
  authenticatorName,
  kind,
}: Pick<Passkey, 'name' | 'authenticatorName' | 'kind'>): string {
  const reach = kind === 'synced' ? 'synced among your devices' : 'on one device only';
  // It is called after its product until it has a name of its own.
  const isSaid = authenticatorName === null || authenticatorName === name;
  return isSaid ? reach : `${authenticatorName} · ${reach}`;
}
