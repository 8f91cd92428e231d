// The house rules that a machine can hold. Every suppression in code needs its reason beside it.
import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const timers = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Time is a port: take a Clock, or put the wait into foundation.',
}));

const shapes = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
  { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
  { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
  {
    selector: "BinaryExpression[operator='instanceof'][right.name='Error']",
    message: 'Errors cross realms: use hasReaction, hasCode or toError.',
  },
];

const clocks = [
  { object: 'Date', property: 'now', message: 'Time is a port: take a Clock.' },
  { object: 'Math', property: 'random', message: 'Chance is injected, so that tests own it.' },
  { object: 'AbortSignal', property: 'any', message: 'Keeps children alive with a long-lived parent: use linkSignal.' },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/.stack/**', '**/coverage/**', '**/generated/**', '**/*.js', '**/*.cjs', '**/*.mjs'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { project: ['scripts/config/tsconfig.lint.json'], tsconfigRootDir: root } },
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 70, skipComments: true }],
      complexity: ['error', 12],
      'max-params': ['error', 4],
      'max-depth': ['error', 3],
      'no-restricted-globals': ['error', ...timers],
      'no-restricted-syntax': ['error', ...shapes],
      'no-restricted-properties': ['error', ...clocks],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Rejections carry `signal.reason`, which is an Error by our convention (lifecycle/abort.ts).
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowThrowingAny: false }],
      // `const self: T = {...}` beside classes: both are fine where there is state and a lifetime.
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['packages/foundation/src/**', 'packages/testkit/**', 'scripts/**', 'test/**'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off', 'no-restricted-syntax': ['error', ...shapes.slice(0, 3)] },
  },
  {
    files: ['**/*.test.ts', 'packages/*/test/**', 'test/**', 'packages/ports/src/contract/**', 'packages/connector-api/src/testing/**'],
    plugins: { jest },
    rules: {
      'max-lines': ['error', { max: 600 }],
      'max-lines-per-function': 'off',
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
      'jest/no-focused-tests': 'error',
      'jest/no-disabled-tests': 'error',
      'jest/no-identical-title': 'error',
    },
  },
);
