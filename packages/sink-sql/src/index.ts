export { sqlSink } from './connector.ts';
export { errors as sqlErrors } from './errors.ts';
