const field = (name: string, type: unknown, properties: unknown) => ({ name, type: { type, 'arg.properties': properties } });
const record = (name: string, fields: readonly unknown[]) => ({ type: 'record', name, namespace: 'headrace.datagen', fields });

const userId = { options: Array.from({ length: 100 }, (_item, index) => `User_${String(index + 1)}`) };

export interface Quickstart {
  readonly schema: unknown;
  readonly keyField: string;
}

/** Ready-made schemas by the names that Confluent's connector has for its own; the fields are alike. */
export const quickstarts: Readonly<Record<string, Quickstart>> = {
  users: {
    keyField: 'userid',
    schema: record('users', [
      field('registertime', 'long', { range: { min: 1_487_715_775_521, max: 1_519_273_364_600 } }),
      field('userid', 'string', userId),
      field('regionid', 'string', { options: ['Region_1', 'Region_2', 'Region_3', 'Region_4', 'Region_5'] }),
      field('gender', 'string', { options: ['MALE', 'FEMALE', 'OTHER'] }),
    ]),
  },
  pageviews: {
    keyField: 'viewtime',
    schema: record('pageviews', [
      field('viewtime', 'long', { iteration: { start: 1, step: 10 } }),
      field('userid', 'string', userId),
      field('pageid', 'string', { options: Array.from({ length: 50 }, (_item, index) => `Page_${String(index + 10)}`) }),
    ]),
  },
  orders: {
    keyField: 'orderid',
    schema: record('orders', [
      field('ordertime', 'long', { range: { min: 1_487_715_775_521, max: 1_519_273_364_600 } }),
      field('orderid', 'int', { iteration: { start: 0 } }),
      field('itemid', 'string', { options: Array.from({ length: 200 }, (_item, index) => `Item_${String(index + 1)}`) }),
      field('orderunits', 'double', { range: { min: 0.1, max: 10 } }),
    ]),
  },
};
