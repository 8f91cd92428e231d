export type { Check } from './check.ts';
export { sinkContext, sourceContext } from './contexts.ts';
export {
  converterChecks,
  predicateChecks,
  transformChecks,
  type ConverterSample,
  type PredicateSample,
  type TransformSample,
} from './conversion-checks.ts';
export { sinkChecks, type SinkSample } from './sink-checks.ts';
export { sourceChecks, type SourceSample } from './source-checks.ts';
