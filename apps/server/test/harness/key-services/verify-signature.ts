import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ServiceRequest } from './http-service.ts';

interface Known {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const MAX_SKEW_MS = 5 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/kms\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;
/** What has to be signed, so that nothing of it can be changed on the way. */
const WANTED = ['content-type', 'host', 'x-amz-date', 'x-amz-target'];

/** Whether AWS would take the call for this account: Signature Version 4, written from its description. */
export function isSigned(
  { method, path, headers, body }: ServiceRequest,
  known: Known,
  region: string,
): boolean {
  const match = AUTHORIZATION.exec(headers['authorization'] ?? '');
  if (!match) return false;
  const [, keyId, day = '', signedRegion, list = '', signature = ''] = match;
  const names = list.split(';');
  const date = headers['x-amz-date'] ?? '';
  if (keyId !== known.accessKeyId || signedRegion !== region || !date.startsWith(day)) return false;
  if (!WANTED.every((name) => names.includes(name))) return false;
  if (headers['x-amz-security-token'] !== known.sessionToken) return false;
  if (known.sessionToken && !names.includes('x-amz-security-token')) return false;
  if (Math.abs(Date.now() - toTime(date)) > MAX_SKEW_MS) return false;

  const canonical = [
    method,
    path,
    '',
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim()}`),
    '',
    list,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/kms/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [day, region, 'kms', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${known.secretAccessKey}`,
  );
  return timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'));
}

/** `20261125T083000Z`. */
function toTime(date: string): number {
  return Date.parse(
    date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
