import { counterSource } from './counter-source.ts';
import { multiply } from './multiply.ts';
import { tallyConverter } from './tally-converter.ts';

/** What `headrace.plugins` of package.json promises. */
export const plugins = [counterSource, multiply, tallyConverter];
