// domcapabilities: prints what domains on the host can have, as XML.
import { command } from '../../command.ts';
import { text } from '../../option.ts';
import { attempt } from '../../failure.ts';

export const domcapabilities = command({
  description: 'Prints what domains of a kind can have on this host, as XML.',
  options: {
    virttype: text('kind of virtualization, e.g. kvm'),
    emulatorbin: text('path of the emulator'),
    arch: text('architecture of the domain'),
    machine: text('type of machine'),
  },
  async run(shell, args) {
    const xml = await attempt(
      shell.connection.getDomainCapabilities({
        virtType: args.text('virttype') ?? null,
        emulator: args.text('emulatorbin') ?? null,
        arch: args.text('arch') ?? null,
        machine: args.text('machine') ?? null,
      }),
      'failed to get emulator capabilities',
    );
    shell.print(`${xml}\n`);
  },
});
