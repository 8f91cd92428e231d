import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { authenticateRequest, authenticationToken, keepAliveRequest, timeToLive } from './lease-messages.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('the messages that renew a lease', () => {
  // The first is the example of Protobuf's own description of its wire format.
  test.each([
    ['150', '08 96 01'],
    ['1', '08 01'],
    ['9223372036854775807', '08 ff ff ff ff ff ff ff ff 7f'],
    ['-1', '08 ff ff ff ff ff ff ff ff ff 01'],
  ])('ask for lease %s', (leaseId, expected) => {
    expect(keepAliveRequest(leaseId)).toEqual(bytes(expected));
  });

  test('log in', () => {
    expect(authenticateRequest('ann', 'pä')).toEqual(bytes('0a 03 61 6e 6e 12 03 70 c3 a4'));
  });

  test.each([
    ['a header, the lease and its seconds', '0a 04 08 01 10 02 10 96 01 18 3c', 60],
    ['no field for no seconds', '0a 00 10 96 01', 0],
    ['nothing', '', 0],
    ['fields of a later version, of every kind', '21 00 00 00 00 00 00 00 01 2d 00 00 00 01 32 01 ff 38 07 18 05', 5],
  ])('tell how long a lease lives: %s', (_, answer, seconds) => {
    expect(timeToLive(bytes(answer))).toBe(seconds);
  });

  test('hold the token of a login, of any length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (token) => {
        // A request has its second field as an answer has it.
        expect(authenticationToken(authenticateRequest('', token))).toBe(token);
      }),
    );
  });

  test('are refused when they are cut off or unknown', () => {
    expect(() => timeToLive(bytes('18 80'))).toThrow(RangeError);
    expect(() => timeToLive(bytes('1b'))).toThrow(RangeError);
  });
});
