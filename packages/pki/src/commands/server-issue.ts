// server issue: key and certificate of a host.
import type { Command } from '../command.ts';
import { issueForHost } from '../issue-for-host.ts';
import { defaultDays } from '../issuing.ts';
import { keyOptions, passphraseOptions, subjectOptions, templateOptions } from '../options.ts';
import { remoteOptions } from '../remote-options.ts';

export const serverIssue: Command = {
  usage: '[HOST...]',
  words: [0, Number.POSITIVE_INFINITY],
  description: `Makes key and certificate of a host. Clients accept it for the names and addresses given here,
whichever of them stands in their URI; give all that people use. Without any, this machine is
asked for its own, or with --remote that one. The first is the common name.`,
  options: {
    local: { help: 'add localhost, 127.0.0.1 and ::1' },
    name: { value: 'NAME', help: 'under which it is kept; the first HOST when not given' },
    days: { value: 'N', help: `how long it lasts; ${defaultDays.server} days when not given` },
    ...subjectOptions,
    ...keyOptions,
    ...templateOptions,
    ...passphraseOptions,
    ...remoteOptions,
  },
  examples: [
    'virtwire-pki server issue',
    'virtwire-pki server issue host1.example.com host1 192.0.2.10',
    'virtwire-pki server issue --remote root@host1',
  ],
  run: (context, args) => issueForHost(context, args, 'server'),
};
