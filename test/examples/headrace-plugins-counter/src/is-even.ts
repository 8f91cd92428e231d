import { defineConfig, Struct, type PredicatePlugin } from '@headrace/connector-api';

const config = defineConfig({
  field: { type: 'STRING', default: 'number', importance: 'HIGH', doc: 'Field with a whole number.' },
});

/** Holds for values with an even number in a field. */
export const isEven: PredicatePlugin = {
  kind: 'predicate',
  classNames: ['org.example.IsEven'],
  version: '1.0.0',
  config,
  create: (raw) => {
    const { field } = config.parse(raw).values;
    return ({ value }) => {
      const number = value instanceof Struct ? value.get(field) : undefined;
      return typeof number === 'bigint' && number % 2n === 0n;
    };
  },
};
