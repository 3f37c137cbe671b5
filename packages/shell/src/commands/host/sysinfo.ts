// sysinfo: prints what the firmware of the host tells of it, as XML.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';

export const sysinfo = command({
  description: 'Prints what the firmware of the host tells of it, as XML.',
  options: {},
  async run(shell) {
    shell.print(await attempt(shell.connection.getSysinfo(), 'failed to get sysinfo'));
  },
});
