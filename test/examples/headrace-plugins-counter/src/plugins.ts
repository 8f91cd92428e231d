import { boardSink } from './board-sink.ts';
import { counterSource } from './counter-source.ts';
import { isEven } from './is-even.ts';
import { multiply } from './multiply.ts';
import { tallyConverter } from './tally-converter.ts';

/** What `headrace.plugins` of package.json promises. */
export const plugins = [boardSink, counterSource, isEven, multiply, tallyConverter];
