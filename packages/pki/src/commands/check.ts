// check: finds what is wrong on this machine.
import type { Command } from '../command.ts';

export const check: Command = {
  usage: '',
  words: [0, 0],
  description: '',
  options: {},
  examples: [],
  async run() {},
};
