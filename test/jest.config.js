import { systemTests } from '../scripts/config/jest.js';

export default systemTests(import.meta.url);
