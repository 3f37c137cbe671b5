// attach-device, detach-device, detach-device-alias, update-device: devices of a domain, by their XML.
import type { Domain } from 'virtwire';
import { affectOptions } from '../../affect.ts';
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { findDomain } from '../../lookup.ts';
import { flag, word } from '../../option.ts';

// VIR_DOMAIN_AFFECT_LIVE, VIR_DOMAIN_AFFECT_CONFIG, VIR_DOMAIN_DEVICE_MODIFY_FORCE
const LIVE = 1;
const CONFIG = 2;
const FORCE = 4;

/** The options of commands that change devices. */
export const modifyOptions = {
  persistent: flag('also for the next start, if the domain has a definition'),
  ...affectOptions,
};

interface ModifyArguments {
  flag(name: 'persistent' | 'config' | 'live' | 'current'): boolean;
  exclusive(...names: ('persistent' | 'current' | 'live' | 'config')[]): void;
}

/** Reads what is to be changed; --persistent depends on whether the domain runs. */
export async function modifyFlags(domain: Domain, args: ModifyArguments): Promise<number> {
  let flags = (args.flag('config') ? CONFIG : 0) | (args.flag('live') ? LIVE : 0);
  if (!args.flag('persistent')) return flags;
  flags |= CONFIG;
  if (await domain.isActive().catch(() => false)) flags |= LIVE;
  return flags;
}

/** Fails when options contradict each other. */
export function checkModifyOptions(args: ModifyArguments): void {
  args.exclusive('persistent', 'current');
  args.exclusive('current', 'live');
  args.exclusive('current', 'config');
}

const fileOption = word('file with the XML of the device');

// attach-device and detach-device: one call with flags, one without for older servers.
interface DeviceChange {
  readonly description: string;
  /** What is done, for errors and for the end: `attach`, `attached`. */
  readonly verb: string;
  readonly past: string;
  plain(domain: Domain, xml: string): Promise<void>;
  flagged(domain: Domain, xml: string, flags: number): Promise<void>;
}

function deviceCommand({ description, verb, past, plain, flagged }: DeviceChange) {
  return command({
    description,
    options: { domain: anyDomain, file: fileOption, ...modifyOptions },
    async run(shell, args) {
      checkModifyOptions(args);
      const domain = await findDomain(shell, args.text('domain'));
      const file = args.text('file');
      const flags = await modifyFlags(domain, args);
      const xml = await readXmlFile(file);
      const call = flags !== 0 || args.flag('current') ? flagged(domain, xml, flags) : plain(domain, xml);
      await attempt(call, `Failed to ${verb} device from ${file}`);
      shell.extra(`Device ${past} successfully\n`);
    },
  });
}

export const attachDevice = deviceCommand({
  description: 'Adds a device to the domain, as XML describes it.',
  verb: 'attach',
  past: 'attached',
  plain: (domain, xml) => domain.attachDevice(xml),
  flagged: (domain, xml, flags) => domain.attachDeviceFlags(xml, flags),
});

export const detachDevice = deviceCommand({
  description: 'Takes a device from the domain, as XML describes it.',
  verb: 'detach',
  past: 'detached',
  plain: (domain, xml) => domain.detachDevice(xml),
  flagged: (domain, xml, flags) => domain.detachDeviceFlags(xml, flags),
});

export const detachDeviceAlias = command({
  description: 'Takes the device of an alias from the domain.',
  options: { domain: anyDomain, alias: word('alias of the device'), ...affectOptions },
  async run(shell, args) {
    args.exclusive('current', 'live');
    args.exclusive('current', 'config');
    const alias = args.text('alias');
    const domain = await findDomain(shell, args.text('domain'));
    const flags = (args.flag('config') ? CONFIG : 0) | (args.flag('live') ? LIVE : 0);
    await attempt(domain.detachDeviceAlias(alias, flags), `Failed to detach device with alias ${alias}`);
    shell.extra('Device detach request sent successfully\n');
  },
});

export const updateDevice = command({
  description: 'Changes a device of the domain, as XML describes it.',
  options: {
    domain: anyDomain,
    file: fileOption,
    ...modifyOptions,
    force: flag('change it even if the guest uses it'),
  },
  async run(shell, args) {
    checkModifyOptions(args);
    const file = args.text('file');
    const domain = await findDomain(shell, args.text('domain'));
    const xml = await readXmlFile(file);
    const flags = (await modifyFlags(domain, args)) | (args.flag('force') ? FORCE : 0);
    await attempt(domain.updateDeviceFlags(xml, flags), `Failed to update device from ${file}`);
    shell.extra('Device updated successfully\n');
  },
});
