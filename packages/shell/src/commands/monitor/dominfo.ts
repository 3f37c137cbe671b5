// dominfo: prints the main facts of a domain.
import { ErrorCode, LibvirtError } from 'virtwire';
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { stateText } from '../../domain-state.ts';
import { CommandFailure } from '../../failure.ts';
import { labelLine, yesNo } from '../../format.ts';
import { tellFlag } from '../../tell-flag.ts';
import { findDomain } from '../../lookup.ts';

export const dominfo = command({
  description: 'Prints the main facts of the domain.',
  options: { domain: anyDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    // All questions go out together; the answers are printed in virsh's order.
    const [osType, info, persistent, autostart, saved, model, messages] = await Promise.allSettled([
      domain.getOsType(),
      domain.getInfo(),
      domain.isPersistent(),
      domain.getAutostart(),
      domain.hasManagedSaveImage(),
      shell.connection.getSecurityModel(),
      domain.getMessages(),
    ]);
    let failure: unknown;
    shell.print(labelLine('Id:', domain.id === -1 ? '-' : domain.id));
    shell.print(labelLine('Name:', domain.name));
    shell.print(labelLine('UUID:', domain.uuid));
    if (osType.status === 'fulfilled') shell.print(labelLine('OS Type:', osType.value));
    if (info.status === 'fulfilled') {
      const { state, vcpus, cpuTimeNs, maxMemoryKiB, memoryKiB } = info.value;
      shell.print(labelLine('State:', stateText(state)));
      shell.print(labelLine('CPU(s):', vcpus));
      if (cpuTimeNs !== 0n) shell.print(labelLine('CPU time:', `${tenths(cpuTimeNs)}s`));
      shell.print(labelLine('Max memory:', maxMemoryKiB === UINT_MAX ? 'no limit' : `${maxMemoryKiB} KiB`));
      shell.print(labelLine('Used memory:', `${memoryKiB} KiB`));
    } else failure = info.reason;
    tellFlag(shell, 'Domain', persistent);
    shell.print(labelLine('Persistent:', persistent.status === 'fulfilled' ? yesNo(persistent.value) : 'unknown'));
    if (autostart.status === 'fulfilled') {
      shell.print(labelLine('Autostart:', autostart.value ? 'enable' : 'disable'));
    }
    shell.print(labelLine('Managed save:', saved.status === 'fulfilled' ? yesNo(saved.value) : 'unknown'));
    if (model.status === 'fulfilled' && model.value.model !== '') {
      shell.print(labelLine('Security model:', model.value.model));
      shell.print(labelLine('Security DOI:', model.value.doi));
      // Only a running domain has a label.
      if (domain.id !== -1) {
        const { label, enforcing } = await domain.getSecurityLabel();
        if (label !== '') {
          shell.print(labelLine('Security label:', `${label} (${enforcing ? 'enforcing' : 'permissive'})`));
        }
      }
    } else if (model.status === 'rejected' && !isNoSupport(model.reason)) failure = model.reason;
    if (messages.status === 'fulfilled') {
      for (const [index, message] of messages.value.entries()) {
        shell.print(labelLine(index === 0 ? 'Messages:' : '', message));
      }
    }
    if (failure !== undefined) throw new CommandFailure(null, failure);
  },
});

const UINT_MAX = 2n ** 32n - 1n;

// In whole numbers: a double would lose the last digits.
function tenths(nanoseconds: bigint): string {
  const value = (nanoseconds + 50_000_000n) / 100_000_000n;
  return `${value / 10n}.${value % 10n}`;
}

function isNoSupport(thrown: unknown): boolean {
  return thrown instanceof LibvirtError && thrown.code === ErrorCode.NoSupport;
}
