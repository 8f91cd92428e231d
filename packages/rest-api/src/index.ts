export { buildApp } from './app.ts';
export type { LoggerLevels, LoggerState, RestDeps, RestSecurity, TopicTracking } from './deps.ts';
export { restErrors } from './errors.ts';
