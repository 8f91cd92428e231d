export { buildApp } from './app.ts';
export type { RestDeps, TopicTracking } from './deps.ts';
export { restErrors } from './errors.ts';
