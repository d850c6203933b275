import { decryptField, encryptField } from '@mana/auth-core/vault/unlocked/fields';
import type { UnlockedVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import { type AuthResult, succeed } from '../transport/result.ts';
import type { ActiveKeys, KeyStore } from './keys/key-store.ts';
import { Refused, refuse, toFailureOf } from './refused.ts';
import type { FieldLocation, RecordTexts, Same, Texts, VaultClient } from './vault-client.ts';
import { toLocked } from './vault-state.ts';

type Values = Pick<
  VaultClient,
  'encryptValue' | 'decryptValue' | 'encryptFields' | 'decryptFields'
>;
type Change = (keys: ActiveKeys, location: FieldLocation, text: string) => Promise<string>;

/** Encrypting and decrypting with the keys of this tab. Waits neither for the server nor for other calls. */
export function createValues(keyStore: KeyStore): Values {
  function use(): ActiveKeys {
    const keys = keyStore.active();
    if (!keys) throw new Refused(toLocked());
    return keys;
  }

  async function changeFields<T extends Texts>(
    { recordId, fields }: RecordTexts<T>,
    change: Change,
  ): Promise<Same<T>> {
    const keys = use();
    const changed = Object.entries(fields).map(async ([field, text]) => {
      const isText = typeof text === 'string';
      return [field, isText ? await change(keys, { recordId, field }, text) : text];
    });
    // `fromEntries` doesn't know that the names are still the same.
    return Object.fromEntries(await Promise.all(changed)) as Same<T>;
  }

  return {
    encryptValue: ({ value, ...location }) => toResult(() => encrypt(use(), location, value)),
    decryptValue: ({ value, ...location }) => toResult(() => decrypt(use(), location, value)),
    encryptFields: (record) => toResult(() => changeFields(record, encrypt)),
    decryptFields: (record) => toResult(() => changeFields(record, decrypt)),
  };
}

async function toResult<T>(work: () => Promise<T>): Promise<AuthResult<T>> {
  try {
    return succeed(await work());
  } catch (error) {
    return toFailureOf(error);
  }
}

const encrypt: Change = async ({ current }, location, text) => {
  if (!current) throw new Refused(toLocked());
  if (![text, location.recordId, location.field].every((part) => part.isWellFormed())) {
    const message = "This text contains half a character and can't be encrypted.";
    throw refuse('VALIDATION', { field: location.field, message });
  }
  return encryptField(current, location, text);
};

const decrypt: Change = async (keys, location, text) => {
  try {
    return await decryptField(findKey(keys, text), location, text);
  } catch {
    const message = "This text couldn't be decrypted. It wasn't encrypted for this field.";
    throw refuse('VAULT_UNREADABLE', { field: location.field, message });
  }
};

/** `enc:1:` names no generation, because there was only the first. */
function findKey({ current, previousKeys }: ActiveKeys, text: string): UnlockedVault {
  const keys = current ? [current, ...previousKeys] : previousKeys;
  const generation = /^enc:2:([0-9]+)\./.exec(text)?.[1] ?? '1';
  const key = keys.find((one) => String(one.generation) === generation);
  if (!key) throw refuse('VAULT_UNREADABLE');
  return key;
}
