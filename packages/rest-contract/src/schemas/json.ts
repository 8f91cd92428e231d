import { Type, type Static, type TSchema } from 'typebox';

/**
 * Types of this package are inferred from its schemas, so it is the one package without `isolatedDeclarations`: written
 * types beside them would be a second truth.
 */

/** An object with any keys, all of one kind of value. */
export const mapOf = <S extends TSchema>(values: S, description: string) =>
  Type.Unsafe<Record<string, Static<S>>>({ type: 'object', additionalProperties: values, description });

export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

/** Any JSON object: a connector's own business. */
export const anyObject = (description: string) => Type.Unsafe<Record<string, unknown>>({ type: 'object', description });
