// vnc issue: key and certificate for the consoles of a host's guests.
import type { Command } from '../command.ts';
import { issueForHost } from '../issue-for-host.ts';
import { defaultDays } from '../issuing.ts';
import { keyOptions, passphraseOptions, subjectOptions, templateOptions } from '../options.ts';
import { remoteOptions } from '../remote-options.ts';

export const vncIssue: Command = {
  usage: '[HOST...]',
  words: [0, Number.POSITIVE_INFINITY],
  description: `Makes key and certificate that QEMU shows to viewers of consoles (vnc_tls in qemu.conf). It is not
the daemon's: QEMU runs as another user, who should not read the daemon's key. Viewers may be
asked for a client certificate, which is that of 'client issue'.`,
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
  examples: ['virtwire-pki vnc issue', 'virtwire-pki install --vnc .'],
  run: (context, args) => issueForHost(context, args, 'vnc'),
};
