// connect: closes the connection and opens another one.
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';

export const connect = command({
  description: 'Closes the connection and opens the one that is named, or the same one anew.',
  options: {
    name: text('URI of the hypervisor connection', { mayBeEmpty: true }),
    readonly: flag('open it read-only'),
  },
  offline: true,
  async run(shell, args) {
    await shell.reconnect(args.text('name') ?? null, args.flag('readonly'), true);
  },
});
