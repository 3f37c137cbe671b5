// Everything that is known about the form of a domain definition, put together.
import { deviceRules } from './domain-device-rules.ts';
import { domainRows } from './domain-rows.ts';
import { domainRules } from './domain-rules.ts';
import { domainValues } from './domain-values.ts';
import { domainNumbers, domainRequired, domainWords } from './domain-words.ts';
import type { Shapes } from './xml/shape.ts';

/** How domain definitions are read: rows, words, and the rules of both halves. */
export const domainShapes: Shapes = {
  rows: domainRows,
  values: domainValues,
  words: domainWords,
  required: domainRequired,
  numbers: domainNumbers,
  elements: { ...domainRules, ...deviceRules },
};
