// Jest 30 on native ESM: sources are read live through the `@headrace/source` condition, types are checked by `tsc -b`.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const common = (url) => ({
  rootDir: dirname(fileURLToPath(url)),
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript', explicitResourceManagement: true } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironment: fileURLToPath(new URL('jest-environment.js', import.meta.url)),
  testEnvironmentOptions: { customExportConditions: ['@headrace/source', 'node', 'node-addons'] },
  restoreMocks: true,
  reporters: ['default'],
});

/**
 * A package's tests. `src/.../x.test.ts` are pure and quick; `test/.../x.integration.test.ts` need the servers of
 * `./scripts/stack` and get a longer deadline (`HEADRACE_TEST_LEVEL=unit` leaves them out).
 */
export const packageTests = (url) => {
  const unitOnly = process.env.HEADRACE_TEST_LEVEL === 'unit';
  return {
    ...common(url),
    testMatch: ['<rootDir>/src/**/*.test.ts', ...(unitOnly ? [] : ['<rootDir>/test/**/*.integration.test.ts'])],
    testTimeout: unitOnly ? 10_000 : 60_000,
  };
};

/** Tests over the whole product: real processes, real servers, one file at a time on each lane of servers. */
export const systemTests = (url) => ({
  ...common(url),
  testMatch: ['<rootDir>/**/*.test.ts'],
  testTimeout: 240_000,
  maxWorkers: 1,
});
