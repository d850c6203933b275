declare const brand: unique symbol;

/** Names the user that a key belongs to. Never empty, so that every key belongs to somebody. */
export type UserId = string & { readonly [brand]: 'UserId' };

/** Names a key-encryption key, in the column `kek_id` and in operators' configuration. */
export type KekId = string & { readonly [brand]: 'KekId' };

/** Throws a `TypeError` for an empty id and for one that has no UTF-8. */
export function parseUserId(text: string): UserId {
  if (!isUserId(text)) throw new TypeError('A user id is empty or not well-formed text');
  return text;
}

/** 1 to 128 letters, digits and `. _ : / -`, enough for an ARN. Throws a `TypeError` for anything else. */
export function parseKekId(text: string): KekId {
  if (!isKekId(text)) {
    throw new TypeError('A kek id has 1 to 128 characters: letters, digits and . _ : / -');
  }
  return text;
}

function isUserId(text: string): text is UserId {
  return text !== '' && text.isWellFormed();
}

function isKekId(text: string): text is KekId {
  return /^[A-Za-z0-9._:/-]{1,128}$/.test(text);
}
