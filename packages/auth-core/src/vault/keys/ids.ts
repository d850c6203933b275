declare const brand: unique symbol;

/** Names the user that a key belongs to. Never empty, so that no key belongs to nobody. */
export type UserId = string & { readonly [brand]: 'UserId' };

/** Names a key-encryption key, in the column `kek_id` and in operators' configuration. */
export type KekId = string & { readonly [brand]: 'KekId' };

/** Throws a `TypeError` for an empty id and for one that has no UTF-8. */
export function parseUserId(text: string): UserId {
  if (!isUserId(text)) throw new TypeError('A user id is empty or no well-formed text');
  return text;
}

/** 1 to 128 letters, digits and `. _ : / -`, which an ARN fits. Throws a `TypeError` for anything else. */
export function parseKekId(text: string): KekId {
  if (!isKekId(text)) {
    throw new TypeError('A kek id has 1 to 128 characters out of letters, digits and . _ : / -');
  }
  return text;
}

function isUserId(text: string): text is UserId {
  return text !== '' && text.isWellFormed();
}

function isKekId(text: string): text is KekId {
  return /^[A-Za-z0-9._:/-]{1,128}$/.test(text);
}
