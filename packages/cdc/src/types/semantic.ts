import { primitive, type PrimitiveSchema, type SchemaOptions } from '@headrace/connector-api';

/** A required primitive of a Debezium semantic type (version 1). */
export const semantic = (type: PrimitiveSchema['type'], name: string, options: SchemaOptions = {}): PrimitiveSchema =>
  primitive(type, { name, version: 1, ...options });
