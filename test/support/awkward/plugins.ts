import { dealingSource } from './dealing-source.ts';
import { fussySink } from './fussy-sink.ts';

export const plugins = [dealingSource, fussySink];
