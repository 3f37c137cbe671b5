// setup: makes a remote machine reachable over tls, from certificates to the alias, and takes all of it back.
import { homedir } from 'node:os';
import { command } from '../../command.ts';
import { flag, text, word, words } from '../../option.ts';

export const setup = command({
  description:
    'Makes a machine reachable over tls: goes there by ssh, finds the daemon, issues and installs its certificate, installs\n' +
    "this user's here, makes the daemon listen, writes an alias, and connects. Every step is shown before it is done.\n" +
    'The login has to be root there, or may become root by sudo without a password.',
  options: {
    host: word('machine, as ssh takes it: HOST, USER@HOST or ssh://USER@HOST:PORT'),
    alias: text("alias for the URI; the host's short name when not given", { named: true }),
    client: text("name of this user's certificate; USER@MACHINE when not given", { named: true }),
    driver: text('URI to open there, qemu:///system when not given', { named: true }),
    'pki-dir': text('folder of the authority (see virtwire-pki)', { named: true }),
    'dry-run': flag('show what would be done'),
    undo: flag('take back what was done for this machine'),
    'ssh-option': words('settings of ssh, KEY=VALUE as for its option -o'),
  },
  offline: true,
  async run(shell, args) {
    const [{ setUpHost, undoSetup, processTerminal }, { connectOptions }, { connect }] = await Promise.all([
      import('@virtwire/pki'),
      import('../../open.ts'),
      import('virtwire'),
    ]);
    const options = {
      target: args.text('host'),
      sshOptions: args.words('ssh-option'),
      alias: args.text('alias') ?? null,
      client: args.text('client') ?? null,
      driver: args.text('driver') ?? 'qemu:///system',
      folder: args.text('pki-dir') ?? null,
      dryRun: args.flag('dry-run'),
    };
    const place = {
      env: shell.env,
      terminal: {
        ...processTerminal,
        askSecret: processTerminal.askSecret,
        stdout: (line: string) => shell.print(line),
      },
      uid: process.getuid?.() ?? -1,
      home: shell.env['HOME'] || homedir(),
      tryConnection: async (uri: string) => {
        await using connection = await connect(uri, await connectOptions(false));
        return `connected: ${await connection.getHostname()}, ${connection.uri}`;
      },
    };
    await (args.flag('undo') ? undoSetup(options, place) : setUpHost(options, place));
  },
});
