import type { TSchema } from 'typebox';

/** One endpoint as data: the server mounts it, the OpenAPI document and the conformance test read it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  readonly tag: 'Worker' | 'Connectors' | 'Tasks' | 'Offsets' | 'Plugins' | 'Cluster' | 'Admin';
  readonly summary: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** Body by success status; null: none. An unhealthy worker's answer is a success of its kind, too. */
  readonly responses: Readonly<Record<number, TSchema | null>>;
  /** Statuses with an error body, beyond those that every endpoint may give (406, 415, 500). */
  readonly errors: readonly number[];
}

/** Keeps the literal types, so that handlers and clients are typed by the table. */
export const defineRoutes = <const R extends Readonly<Record<string, Route>>>(routes: R): R => routes;
