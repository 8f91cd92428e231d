export { datagenSource } from './datagen/connector.ts';
export { fileSink } from './file/file-sink.ts';
export { fileSource } from './file/file-source.ts';
