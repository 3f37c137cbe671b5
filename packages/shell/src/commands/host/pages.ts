// freepages and allocpages: pages of memory of the host, by their size.
import type { Connection } from 'virtwire';
import { command } from '../../command.ts';
import { attempt, fail } from '../../failure.ts';
import { flag, number, requiredNumber } from '../../option.ts';

interface Cell {
  readonly id: number;
  /** Sizes of pages that it has, in KiB. */
  readonly sizes: readonly number[];
}

async function cellsOf(connection: Connection): Promise<readonly Cell[]> {
  const xml = await attempt(connection.getCapabilities(), 'unable to get node capabilities');
  const { parseXml } = await import('@virtwire/conf');
  const host = (await parseXml(xml)).child('host');
  const cells = host?.child('topology')?.child('cells')?.children('cell') ?? [];
  return cells.map((cell) => ({
    id: Number(cell.attribute('id')),
    sizes: cell.children('pages').map((pages) => Number(pages.attribute('size'))),
  }));
}

export const freepages = command({
  description: 'Prints how many pages of memory are free.',
  options: {
    cellno: number('number of the NUMA cell'),
    pagesize: number('size of the pages (KiB when it has no unit)'),
    all: flag('of all cells and sizes'),
  },
  async run(shell, args) {
    args.exclusive('all', 'cellno');
    const { connection } = shell;
    const size = args.size('pagesize', 1024n);
    const wanted = size === undefined ? null : Number(size / 1024n);
    if (args.flag('all')) {
      const cells = await cellsOf(connection);
      if (cells.length === 0) fail('could not get information about NUMA topology');
      const sizes = wanted === null ? [...new Set(cells.flatMap((cell) => cell.sizes))] : [wanted];
      if (sizes.length === 0) {
        fail('no pages found');
      }
      for (const { id } of cells) {
        const counts = await attempt(connection.getFreePages(sizes, id, 1), null);
        shell.print(`Node ${id}:\n`);
        for (const [index, each] of sizes.entries()) shell.print(`${each}KiB: ${counts[index] ?? 0n}\n`);
        shell.print('\n');
      }
      return;
    }
    const cell = args.int('cellno');
    if (cell === undefined) fail('missing cellno argument');
    if (cell < 0) fail(`Numeric value '${cell}' for <cellno> option is malformed or out of range`);
    if (wanted === null) fail('missing pagesize argument');
    const [count = 0n] = await attempt(connection.getFreePages([wanted], cell, 1), null);
    shell.print(`${wanted}KiB: ${count}\n`);
  },
});

// VIR_NODE_ALLOC_PAGES_ADD
const ADD = 1;

export const allocpages = command({
  description: 'Reserves pages of memory.',
  options: {
    pagesize: requiredNumber('size of the pages (KiB when it has no unit)'),
    pagecount: requiredNumber('how many'),
    cellno: number('number of the NUMA cell'),
    add: flag('in addition to those that are reserved'),
    all: flag('on all cells'),
  },
  async run(shell, args) {
    args.exclusive('all', 'cellno');
    const { connection } = shell;
    const cell = args.int('cellno');
    const size = args.size('pagesize', 1024n) / 1024n;
    const count = args.ulong('pagecount');
    const flags = args.flag('add') ? ADD : 0;
    let cells = 1;
    if (args.flag('all')) cells = (await cellsOf(connection)).length;
    await attempt(connection.allocPages(new Map([[Number(size), count]]), cell ?? -1, cells, flags), null);
  },
});
