import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConnectionTarget } from './connection-target.ts';
import { parseConnectionUrl } from './connection-url.ts';

const targetOf = (url: string): ConnectionTarget => {
  const parsed = parseConnectionUrl(url);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.target;
};

const problemOf = (url: string): string => {
  const parsed = parseConnectionUrl(url);
  return 'problem' in parsed ? parsed.problem : '';
};

describe('a connection URL', () => {
  test.each([
    ['jdbc:postgresql://db/shop', 'postgres', 'db', 5432, 'shop'],
    ['postgres://db:6000/shop', 'postgres', 'db', 6000, 'shop'],
    ['JDBC:PostgreSQL://db/shop', 'postgres', 'db', 5432, 'shop'],
    ['jdbc:mysql://db:80/shop', 'mysql', 'db', 80, 'shop'],
    ['jdbc:mariadb://[::1]:3307/Shop%20A', 'mysql', '::1', 3307, 'Shop A'],
    ['mariadb://10.0.0.1/shop', 'mysql', '10.0.0.1', 3306, 'shop'],
  ])('%s names dialect, host, port and database', (url, ...place) => {
    const { dialect, host, port, database } = targetOf(url);
    expect([dialect, host, port, database]).toEqual(place);
    expect(targetOf(url)).toMatchObject({ tls: 'prefer', schema: undefined, user: undefined });
  });

  test('of several hosts names all in their order, each with its port', () => {
    const { host, port, others, database } = targetOf('jdbc:postgresql://one,two:6000,[::1]:80/shop?targetServerType=primary');
    expect([{ host, port }, ...others]).toEqual([
      { host: 'one', port: 5432 },
      { host: 'two', port: 6000 },
      { host: '::1', port: 80 },
    ]);
    expect(database).toBe('shop');
    expect(targetOf('mariadb://us,er:pa,ss@one,two/shop')).toMatchObject({
      user: 'us,er',
      host: 'one',
      others: [{ host: 'two', port: 3306 }],
    });
  });

  test('takes user and password before the host or as parameters, whatever characters they have', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ minLength: 1, unit: 'grapheme' }), (user, password) => {
        const [u, p] = [encodeURIComponent(user), encodeURIComponent(password)];
        for (const url of [`postgres://${u}:${p}@db/shop`, `jdbc:mysql://db/shop?user=${u}&password=${p}`]) {
          const target = targetOf(url);
          expect(target.user).toBe(user);
          expect(target.password?.reveal()).toBe(password);
        }
      }),
    );
  });

  test.each([
    ['sslmode=disable', 'off'],
    ['sslmode=verify-ca', 'verify-ca'],
    ['sslmode=verify-full', 'verify-full'],
    ['sslMode=VERIFY_IDENTITY', 'verify-full'],
    ['useSSL=true', 'require'],
    ['ssl', 'require'],
    ['requireSSL=false', 'off'],
  ])('%s means TLS %s', (parameter, tls) => {
    expect(targetOf(`jdbc:mysql://db/shop?${parameter}`).tls).toBe(tls);
  });

  test('does not promise what the driver of MySQL cannot do: comparing an address with a certificate', () => {
    expect(parseConnectionUrl('jdbc:mysql://10.0.0.1/shop?sslMode=VERIFY_IDENTITY')).toEqual({
      problem: expect.stringContaining('VERIFY_CA') as unknown,
    });
    expect(targetOf('jdbc:postgresql://10.0.0.1/shop?sslmode=verify-full').tls).toBe('verify-full');
  });

  test('takes the schema and leaves out what only concerns the JDBC driver', () => {
    expect(targetOf('jdbc:postgresql://db/shop?currentSchema=Sales&reWriteBatchedInserts=true&serverTimezone=UTC').schema).toBe('Sales');
  });

  test.each([
    ['jdbc:oracle://db/shop', 'it must begin with'],
    ['db:5432/shop', 'it must begin with'],
    ['jdbc:postgresql://db', 'it must name a database'],
    ['jdbc:postgresql://db/a/b', 'it must name a database'],
    ['jdbc:postgresql:///shop', 'it must name a database'],
    ['jdbc:postgresql://db:port/shop', 'host, port and database'],
    ['jdbc:mysql://one:3306,two:port/shop', 'host, port and database'],
    ['jdbc:mysql://one:3306,:3306/shop', 'host, port and database'],
    ['jdbc:postgresql://one,two/shop?targetServerType=secondary', 'takes writes'],
    ['jdbc:mysql://db/shop?allowMultiQueries=true', '"allowMultiQueries"'],
    ['jdbc:postgresql://db/shop?sslmode=maybe', '"maybe"'],
    ['jdbc:postgresql://db/shop?currentSchema=a,b', 'currentSchema'],
    ['jdbc:mysql://db/shop?serverTimezone=Europe/Berlin', 'UTC'],
  ])('%s is refused by a sentence that names what is wrong', (url, words) => {
    expect(problemOf(url)).toContain(words);
  });

  test.each(['postgres://app:100%@db/shop', 'postgres://a%p:x@db/shop', 'jdbc:mysql://db/shop?user=a&password=s3cr#et'])(
    '%s is refused: a part of the login would be lost',
    (url) => {
      expect(problemOf(url)).toMatch(/%25|%23/);
      expect(problemOf(url)).not.toMatch(/100|s3cr/);
    },
  );
});
