import type { Passkey } from '@mana/shared-auth';

/** Where a passkey is stored, as its owner may know it: the product, and whether it is synced. */
export function describePasskeyStorage({
  name,
  authenticatorName,
  kind,
}: Pick<Passkey, 'name' | 'authenticatorName' | 'kind'>): string {
  const reach = kind === 'synced' ? 'synced across your devices' : 'on one device only';
  // It is named after its product until its owner renames it.
  const isInName = authenticatorName === null || authenticatorName === name;
  return isInName ? reach : `${authenticatorName} · ${reach}`;
}
