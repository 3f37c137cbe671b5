// version: prints the versions of the library, the hypervisor and the daemon.
import { type Connection, ErrorCode, LibvirtError } from 'virtwire';
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { LIBVIRT_VERSION } from '../../version.ts';

export const version = command({
  description: 'Prints the versions of the library, the hypervisor and the daemon.',
  options: { daemon: flag('print also the version of the daemon') },
  async run(shell, args) {
    const { connection } = shell;
    const type = await attempt(connection.getType(), 'failed to get hypervisor type');
    shell.print(`Compiled against library: libvirt ${LIBVIRT_VERSION}\n`);
    shell.print(`Using library: libvirt ${LIBVIRT_VERSION}\n`);
    shell.print(`Using API: ${type} ${LIBVIRT_VERSION}\n`);
    const hypervisor = await attempt(connection.getVersion(), 'failed to get the hypervisor version');
    if (hypervisor === 0n) shell.print(`Cannot extract running ${type} hypervisor version\n`);
    else shell.print(`Running hypervisor: ${type} ${versionText(hypervisor)}\n`);
    if (!args.flag('daemon')) return;
    const daemon = await attempt(daemonVersion(connection), 'failed to get the daemon version');
    shell.print(`Running against daemon: ${daemon}\n`);
  },
});

// A driver inside this process has no version of its own: it is the library's (virConnectGetLibVersion).
async function daemonVersion(connection: Connection): Promise<string> {
  try {
    return versionText(await connection.getLibVersion());
  } catch (thrown) {
    if (thrown instanceof LibvirtError && thrown.code === ErrorCode.NoSupport) return LIBVIRT_VERSION;
    throw thrown;
  }
}

function versionText(version: bigint): string {
  return `${version / 1_000_000n}.${(version / 1000n) % 1000n}.${version % 1000n}`;
}
