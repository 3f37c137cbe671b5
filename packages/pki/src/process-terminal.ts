// The terminal that the program runs in.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Terminal } from './context.ts';

/** Standard output and error; secrets are asked for when standard input is a terminal. */
export const processTerminal: Terminal = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  get askSecret() {
    return process.stdin.isTTY ? askSecret : null;
  },
};

function askSecret(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  // What readline would echo goes nowhere.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('SIGINT', () => {
      lines.close();
      reject(new Error('interrupted'));
    });
    lines.question('', (answer) => {
      lines.close();
      process.stderr.write('\n');
      resolve(answer);
    });
  });
}
