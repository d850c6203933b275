import { parseKek } from '@mana/auth-core/vault/keys/parse-kek';

/** What `MANA_AUTH_KEK` names: a key itself, or one that a service keeps and never reveals. */
export type KekSource =
  /** Secret. */
  | { readonly kind: 'bytes'; readonly base64: string }
  | { readonly kind: 'transit'; readonly mount: string; readonly key: string }
  | {
      readonly kind: 'kms';
      readonly arn: string;
      readonly partition: string;
      readonly region: string;
    };

/** What a value that is no key should be. */
export const KEK_HELP =
  'must be 32 random bytes in base64, 44 characters, for example from `openssl rand -base64 32`; or `transit:<key>`; or the ARN of a key in AWS KMS, not of an alias';

const TRANSIT_MOUNT = 'transit';
/** Names that Vault accepts, and that mean nothing else in a path. */
const TRANSIT = /^transit:((?:\w(?:[\w.-]*\w)?\/)*)(\w(?:[\w.-]*\w)?)$/;
/** No aliases: one can be pointed at another key, with which no vault opens. */
const KMS = /^arn:(aws|aws-cn|aws-us-gov):kms:([a-z0-9-]+):\d{12}:key\/[A-Za-z0-9-]+$/;

/** Reads a key as operators write it; `transit:a/b/key` is mounted at `a/b`. Undefined for anything else. */
export function findKekSource(text: string): KekSource | undefined {
  const [, mount = '', key] = TRANSIT.exec(text) ?? [];
  if (key !== undefined)
    return { kind: 'transit', mount: mount.slice(0, -1) || TRANSIT_MOUNT, key };
  const [arn, partition, region] = KMS.exec(text) ?? [];
  if (arn && partition && region) return { kind: 'kms', arn, partition, region };
  try {
    parseKek(text).fill(0);
    return { kind: 'bytes', base64: text };
  } catch {
    return undefined;
  }
}
