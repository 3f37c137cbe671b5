// install: puts certificates and keys where libvirt looks for them.
import { readAuthority } from '../authority.ts';
import { assertConsistent, chooseFromAuthority, chooseFromFolder, type WantedParts } from '../choose-parts.ts';
import type { Arguments, Command } from '../command.ts';
import { failure } from '../failure.ts';
import { installChanges } from '../install-set.ts';
import { remoteOptions, targetMachine } from '../remote-options.ts';

export const install: Command = {
  usage: '',
  words: [0, 0],
  description: `Puts certificates and keys where libvirt looks for them, with the right owners and modes: as root at
/etc/pki, otherwise in ~/.pki/libvirt (where clients look first). Without options: the authority's
certificate, the revocation list if there is one, as root the server certificate that is for this
machine, and the client certificate if there is just one. All files change together, or none.`,
  options: {
    server: { value: 'NAME', help: 'the server certificate NAME' },
    client: { value: 'NAME', help: 'the client certificate NAME' },
    vnc: { value: 'NAME', help: "the certificate NAME for consoles; '.' for the one that fits the machine" },
    crl: { help: 'the revocation list' },
    'ca-only': { help: "nothing but the authority's certificate" },
    group: { value: 'GROUP', help: "let this group read the client's key (mode 0640); root only" },
    from: { value: 'FOLDER', help: 'take the files of this folder (e.g. of a bundle), not of the authority' },
    ...remoteOptions,
  },
  examples: [
    'virtwire-pki install',
    'virtwire-pki install --client alice',
    'virtwire-pki install --server host1.example.com --remote root@host1',
  ],
  async run(context, args) {
    const wanted = wantedParts(args);
    const forRoot = [wanted.server, wanted.vnc].some((each) => typeof each === 'string') || args.text('group') !== null;
    const from = args.text('from');
    const authority = from === null ? readAuthority(context) : null;
    const machine = targetMachine(context, args, { asRoot: forRoot });
    const facts = await machine.facts();
    if (forRoot && facts.uid !== 0) {
      throw failure('only root can install what a daemon reads, or set a group: run this with sudo');
    }
    const { set, remarks } =
      authority === null ? chooseFromFolder(from as string, wanted) : chooseFromAuthority(authority, wanted, facts);
    assertConsistent(set);
    for (const remark of remarks) context.remark(remark);
    if (wanted.revocationList && args.flag('crl') && set.revocationList === null) {
      throw failure(`there is no revocation list yet: 'virtwire-pki crl${context.folderOption}' writes one`);
    }
    const group = args.text('group');
    const changes = installChanges(set, facts, group === null ? null : await machine.groupId(group));
    await context.apply(changes, { machine });
    if (context.dryRun) return;
    const hints = [
      ...(set.server === null || facts.uid !== 0 ? [] : [serverHint]),
      ...(machine.label === '' ? [`virtwire-pki check${context.folderOption}`] : []),
    ];
    if (hints.length > 0) context.next(...hints);
  },
};

const serverHint =
  'systemctl enable --now libvirtd-tls.socket (libvirtd without systemd: --listen), virtwired: --listen; a daemon that runs already takes up new certificates by `virt-admin server-update-tls libvirtd`, virtwired by itself';

function wantedParts(args: Arguments): WantedParts {
  if (args.flag('ca-only')) return { server: null, client: null, vnc: null, revocationList: false };
  const [server, client, vnc] = [args.text('server'), args.text('client'), args.text('vnc')];
  const some = server !== null || client !== null || vnc !== null || args.flag('crl');
  return {
    server: some ? server : true,
    client: some ? client : true,
    vnc: vnc === '.' ? true : vnc,
    revocationList: !some || args.flag('crl'),
  };
}
