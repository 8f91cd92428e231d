export { binaryDataConverter } from './converters/binary-data-converter.ts';
export { jsonConverter } from './converters/json-converter.ts';
export { plainConverters, stringConverter } from './converters/plain-converters.ts';
export { errors as transformErrors } from './errors.ts';
export { predicates } from './predicates/predicates.ts';
export { transforms } from './transforms.ts';
