// freecell: prints the free memory of the host or of its NUMA cells.
import { command } from '../../command.ts';
import { flag, number } from '../../option.ts';
import { attempt, fail } from '../../failure.ts';

export const freecell = command({
  description: 'Prints the free memory of the host, of one NUMA cell, or of each.',
  options: { cellno: number('number of the cell'), all: flag('of each cell') },
  async run(shell, args) {
    args.exclusive('all', 'cellno');
    const { connection } = shell;
    const cell = args.int('cellno');
    if (args.flag('all')) {
      const xml = await attempt(connection.getCapabilities(), 'unable to get node capabilities');
      const { parseXml } = await import('@virtwire/conf');
      const cells = (await parseXml(xml)).child('host')?.child('topology')?.child('cells')?.children('cell') ?? [];
      if (cells.length === 0) fail('could not get information about NUMA topology');
      const ids = cells.map((cell) => Number(cell.attribute('id')));
      const free = await attempt(
        Promise.all(ids.map(async (id) => ((await connection.getCellsFreeMemory(id, 1))[0] ?? 0n) / 1024n)),
        null,
      );
      for (const [index, id] of ids.entries()) {
        shell.print(`${String(id).padStart(5)}: ${String(free[index]).padStart(10)} KiB\n`);
      }
      const total = free.reduce((sum, value) => sum + value, 0n);
      shell.extra(`${'-'.repeat(20)}\n`);
      shell.extra(`${'Total'.padStart(5)}: ${String(total).padStart(10)} KiB\n`);
    } else if (cell !== undefined) {
      const free = await attempt(connection.getCellsFreeMemory(cell, 1), null);
      shell.print(`${cell}: ${(free[0] ?? 0n) / 1024n} KiB\n`);
    } else {
      const free = await attempt(connection.getFreeMemory(), null);
      shell.print(`Total: ${free / 1024n} KiB\n`);
    }
  },
});
