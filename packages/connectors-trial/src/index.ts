export { datagenSource } from './datagen/connector.ts';
export { fileSink } from './file/file-sink.ts';
export { fileSource } from './file/file-source.ts';
export { mockSink, mockSource } from './tools/mock.ts';
export { schemaSource } from './tools/schema-source.ts';
export { verifiableSink } from './tools/verifiable-sink.ts';
export { verifiableSource } from './tools/verifiable-source.ts';
