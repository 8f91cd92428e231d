export { buildApp } from './app.ts';
export type { Endpoints, LoggerLevels, LoggerState, RestDeps, RestSecurity, TopicTracking } from './deps.ts';
export { restErrors } from './errors.ts';
