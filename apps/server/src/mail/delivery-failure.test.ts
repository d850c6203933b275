import { describe, expect, it } from 'vitest';
import { UndecryptableError } from '../secrets/app-secrets.ts';
import { classifyDeliveryFailure, decideWaitMs } from './delivery-failure.ts';

const failure = (fields: object, message = 'failed') => Object.assign(new Error(message), fields);

describe('a mail that wasn’t delivered', () => {
  it.each([
    ['refused', '550', failure({ command: 'RCPT TO', responseCode: 550, code: 'EENVELOPE' })],
    ['deferred', '451', failure({ command: 'RCPT TO', responseCode: 451, code: 'EENVELOPE' })],
    ['deferred', '530', failure({ command: 'MAIL FROM', responseCode: 530, code: 'EENVELOPE' })],
    ['deferred', '554', failure({ command: 'DATA', responseCode: 554, code: 'EMESSAGE' })],
    ['deferred', 'UNDECRYPTABLE', new UndecryptableError()],
    ['unreachable', '421', failure({ command: 'CONN', responseCode: 421, code: 'ECONNECTION' })],
    ['unreachable', '535', failure({ command: 'AUTH PLAIN', responseCode: 535, code: 'EAUTH' })],
    ['unreachable', 'ECONNREFUSED', failure({ code: 'ESOCKET' }, 'connect ECONNREFUSED 127.0.0.1')],
    ['unreachable', 'ETIMEDOUT', failure({ command: 'CONN', code: 'ETIMEDOUT' })],
    ['unreachable', 'UNKNOWN', 'text'],
    ['unreachable', 'UNKNOWN', undefined],
  ] as const)('is %s with %s', (kind, reason, error) => {
    expect(classifyDeliveryFailure(error)).toEqual({ kind, reason });
  });

  it('is tried again after a second at most, then later and later, and never later than the cap', () => {
    expect(decideWaitMs('deferred', 1, 0)).toBe(500);
    expect(decideWaitMs('deferred', 1, 1)).toBe(1000);
    expect(decideWaitMs('deferred', 4, 1)).toBe(8000);
    expect(decideWaitMs('deferred', 1000, 1)).toBe(300_000);
    expect(decideWaitMs('unreachable', 1000, 1)).toBe(30_000);
  });
});
