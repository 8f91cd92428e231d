export type { Check } from './check.ts';
export { sinkContext, sourceContext } from './contexts.ts';
export { converterChecks, transformChecks, type ConverterSample, type TransformSample } from './conversion-checks.ts';
export { sinkChecks, type SinkSample } from './sink-checks.ts';
export { sourceChecks, type SourceSample } from './source-checks.ts';
