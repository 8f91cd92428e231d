import { packageTests } from '../../scripts/config/jest.js';

export default packageTests(import.meta.url);
