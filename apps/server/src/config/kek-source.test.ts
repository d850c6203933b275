import { expect, it } from 'vitest';
import { findKekSource } from './kek-source.ts';

const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

it('reads a key in base64', () => {
  const base64 = Buffer.alloc(32, 7).toString('base64');
  expect(findKekSource(base64)).toEqual({ kind: 'bytes', base64 });
});

it.each([
  ['transit:mana', { mount: 'transit', key: 'mana' }],
  ['transit:team/transit/mana_auth.v1-a', { mount: 'team/transit', key: 'mana_auth.v1-a' }],
])('reads a key of Transit: %s', (text, names) => {
  expect(findKekSource(text)).toEqual({ kind: 'transit', ...names });
});

it.each([
  [ARN, 'aws', 'eu-central-1'],
  [ARN.replace('1234abcd-', 'mrk-'), 'aws', 'eu-central-1'],
  [ARN.replace('aws:kms:eu-central-1', 'aws-cn:kms:cn-north-1'), 'aws-cn', 'cn-north-1'],
  [ARN.replace('aws:', 'aws-us-gov:'), 'aws-us-gov', 'eu-central-1'],
])('reads a key of AWS KMS: %s', (arn, partition, region) => {
  expect(findKekSource(arn)).toEqual({ kind: 'kms', arn, partition, region });
});

it.each([
  '',
  'transit:',
  'transit:/mana',
  'transit:mana/',
  'transit:a//b',
  'transit:../mana',
  'transit:a/../b',
  'transit:a/./b',
  'transit:mana?x',
  'transit:mana#x',
  'transit:mana%2fx',
  'transit:a b',
  'transit:mana\n',
  'TRANSIT:mana',
  ARN.replace('key/', 'alias/'),
  ARN.replace('aws:', 'aws-iso:'),
  ARN.replace('eu-central-1', 'evil.example.org/'),
  ARN.replace('eu-central-1', ''),
  `${ARN}/x`,
  `${ARN}\n`,
  'https://vault.example.org/v1/transit/encrypt/mana',
])('accepts nothing else as a key: %j', (text) => {
  expect(findKekSource(text)).toBeUndefined();
});
