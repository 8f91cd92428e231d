import { Type, type Static } from 'typebox';
import { nullable } from './json.ts';

export const configKeyInfo = Type.Object({
  name: Type.String(),
  type: Type.Enum(['BOOLEAN', 'STRING', 'INT', 'SHORT', 'LONG', 'DOUBLE', 'LIST', 'CLASS', 'PASSWORD'], { type: 'string' }),
  required: Type.Boolean(),
  default_value: nullable(Type.String()),
  importance: Type.Enum(['HIGH', 'MEDIUM', 'LOW'], { type: 'string' }),
  documentation: Type.String(),
  group: nullable(Type.String()),
  order_in_group: Type.Integer(),
  width: Type.Enum(['NONE', 'SHORT', 'MEDIUM', 'LONG'], { type: 'string' }),
  display_name: Type.String(),
  dependents: Type.Array(Type.String()),
});
export type ConfigKeyInfo = Static<typeof configKeyInfo>;

export const configValueInfo = Type.Object({
  name: Type.String(),
  value: nullable(Type.String()),
  recommended_values: Type.Array(Type.String()),
  errors: Type.Array(Type.String()),
  visible: Type.Boolean(),
});
export type ConfigValueInfo = Static<typeof configValueInfo>;

export const configInfos = Type.Object({
  name: Type.String(),
  error_count: Type.Integer({ description: 'Messages, not keys.' }),
  groups: Type.Array(Type.String()),
  configs: Type.Array(Type.Object({ definition: nullable(configKeyInfo), value: configValueInfo })),
});
export type ConfigInfos = Static<typeof configInfos>;
