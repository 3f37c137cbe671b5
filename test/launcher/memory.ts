// What a daemon really holds: its memory after a garbage collection, asked for by a signal that it knows for a test only.
import { readFile, rm } from 'node:fs/promises';
import { settles } from './leaks.ts';

/** Measures one process. */
export interface MemoryProbe {
  /** Variables for the start of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** Bytes of objects and buffers that are in use. */
  heldBytes(pid: number): Promise<number>;
}

// Buffers outside of the heap are freed by finalizers, which run after the collection that found them.
const PROBE = `
import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
process.on('SIGUSR2', async () => {
  for (let round = 0; round < 3; round++) { gc(); await delay(50); }
  const { heapUsed, external } = process.memoryUsage();
  const file = process.env.VIRTWIRE_MEMORY_FILE;
  await writeFile(file + '.new', String(heapUsed + external));
  await rename(file + '.new', file);
});
`;

/** Makes a probe. @param file place for what is measured, written anew each time */
export function memoryProbe(file: string): MemoryProbe {
  const module = `data:text/javascript,${encodeURIComponent(PROBE)}`;
  return {
    env: { NODE_OPTIONS: `--expose-gc --import=${module}`, VIRTWIRE_MEMORY_FILE: file },
    heldBytes: async (pid) => {
      await rm(file, { force: true });
      process.kill(pid, 'SIGUSR2');
      let held = '';
      const isThere = async () => (held = await readFile(file, 'utf8').catch(() => '')) !== '';
      if (!(await settles(isThere, 30_000))) throw new Error(`process ${pid} does not say what memory it holds`);
      return Number(held);
    },
  };
}
