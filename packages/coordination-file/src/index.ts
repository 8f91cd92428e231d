export { errors as stateFileErrors } from './errors.ts';
export { FileCoordinationStore, type FileCoordinationOptions } from './file-coordination-store.ts';
