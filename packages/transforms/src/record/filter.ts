import type { TransformPlugin } from '@headrace/connector-api';
import { defineConfig } from '@headrace/foundation';
import { wholeTransform } from '../shape/side.ts';

const config = defineConfig({});

/** Drops every record; to be used with a predicate. */
export const filter: TransformPlugin = wholeTransform('Filter', config, () => () => null);
