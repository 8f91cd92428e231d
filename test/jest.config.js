import { systemTests } from '../scripts/config/jest.js';

export default {
  ...systemTests(import.meta.url),
  // Examples are projects of their own: a test copies them out, builds them and runs their tests.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/examples/'],
};
