import { fussySink } from './fussy-sink.ts';

export const plugins = [fussySink];
