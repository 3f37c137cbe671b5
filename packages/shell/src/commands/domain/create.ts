// create: makes a domain from XML and starts it; it is gone when it stops.
import { command } from '../../command.ts';
import { flag, text, word } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { refuseConsole, refusePassedFds } from './start.ts';

// virDomainCreateFlags
const CreateFlags = { Paused: 1, Autodestroy: 2, Validate: 16, ResetNvram: 32 } as const;

export const create = command({
  description: 'Makes a domain from XML and starts it.',
  options: {
    file: word('file with the XML of the domain'),
    console: flag('connect to its console afterwards'),
    paused: flag('leave it suspended'),
    autodestroy: flag('stop it when this shell ends'),
    'pass-fds': text('numbers of file descriptors to hand over, N,M,...'),
    validate: flag('check the XML against the schema'),
    'reset-nvram': flag('make its NVRAM anew from the template'),
  },
  async run(shell, args) {
    const file = args.text('file');
    const xml = await readXmlFile(file);
    refusePassedFds(args.text('pass-fds'));
    const flags =
      (args.flag('paused') ? CreateFlags.Paused : 0) |
      (args.flag('autodestroy') ? CreateFlags.Autodestroy : 0) |
      (args.flag('validate') ? CreateFlags.Validate : 0) |
      (args.flag('reset-nvram') ? CreateFlags.ResetNvram : 0);
    const domain = await attempt(shell.connection.createDomainXml(xml, flags), `Failed to create domain from ${file}`);
    shell.extra(`Domain '${domain.name}' created from ${file}\n`);
    if (args.flag('console')) refuseConsole();
  },
});
