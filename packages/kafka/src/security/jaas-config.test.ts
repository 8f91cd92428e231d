import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJaasConfig } from './jaas-config.ts';

describe('a login configuration of Java', () => {
  test('is a module, a flag and options, quoted or not', () => {
    const text = `org.apache.kafka.common.security.plain.PlainLoginModule required\n username="us er" password='pa"ss;=' serviceName=kafka ;`;
    expect(parseJaasConfig(text)).toEqual({
      module: 'PlainLoginModule',
      options: new Map([
        ['username', 'us er'],
        ['password', 'pa"ss;='],
        ['serviceName', 'kafka'],
      ]),
    });
  });

  test('gives back whatever was put between quotes', () => {
    fc.assert(
      fc.property(fc.string(), (password) => {
        const quoted = password.replace(/["\\]/g, (char) => `\\${char}`);
        expect(parseJaasConfig(`a.B required password="${quoted}";`)?.options.get('password')).toBe(password);
      }),
    );
  });

  test.each([
    '',
    'a.B',
    'a.B required',
    'a.B required x="1"',
    'a.B maybe x="1";',
    'a.B required x=;',
    'a.B required; c.D required;',
    'a.B required x="1;',
  ])('of another form is none: %s', (text) => {
    expect(parseJaasConfig(text)).toBeUndefined();
  });
});
