import type { AvroType } from './avro-type.ts';

/**
 * Whether bytes of one schema are bytes of the other that mean the same: types, the order and names of fields, branches of unions,
 * symbols. Names of records, documentation, defaults and other properties are no part of the bytes.
 */
export const isSameLayout = (one: AvroType, other: AvroType): boolean => layoutText(one) === layoutText(other);

const layoutText = (type: AvroType): string => JSON.stringify(layoutOf(type));

const layoutOf = (type: AvroType): unknown => {
  switch (type.kind) {
    case 'record':
      return ['record', ...type.fields.map((field) => [field.name, layoutOf(field.type)])];
    case 'union':
      return ['union', ...type.branches.map(layoutOf)];
    case 'array':
      return ['array', layoutOf(type.items)];
    case 'map':
      return ['map', layoutOf(type.values)];
    case 'enum':
      return ['enum', ...type.symbols];
    case 'fixed':
      return ['fixed', type.size];
    default:
      return [type.kind, type.props['logicalType'], type.props['scale']];
  }
};
