import { describe } from '@jest/globals';
import { testServer } from './capture-run.ts';
import { checkSignals } from './signals-check.ts';

describe.each(['MARIADB_URL', 'MYSQL_URL'] as const)('%s', (name) => {
  const isThere = name === 'MARIADB_URL' || (process.env[name] ?? '') !== '';
  (isThere ? describe : describe.skip)('signals', () => {
    checkSignals(() => testServer(name));
  });
});
