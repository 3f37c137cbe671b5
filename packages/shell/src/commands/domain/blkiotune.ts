// blkiotune: prints or changes how much of the host's disks a domain gets.
import type { TypedValue } from 'virtwire';
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { number, text } from '../../option.ts';
import { hasParameters, parameterLines } from '../../tunables.ts';

// Options that are passed on as they are, by the name of their parameter.
const TEXTS = {
  'device-weights': 'device_weight',
  'device-read-iops-sec': 'device_read_iops_sec',
  'device-write-iops-sec': 'device_write_iops_sec',
  'device-read-bytes-sec': 'device_read_bytes_sec',
  'device-write-bytes-sec': 'device_write_bytes_sec',
} as const;

export const blkiotune = command({
  description: 'Prints how much of the disks of the host the domain gets, or changes it.',
  options: {
    domain: anyDomain,
    weight: number('its weight among the domains'),
    'device-weights': text('weights for disks of the host, /path/to/device,weight,...'),
    'device-read-iops-sec': text('reads a second, /path/to/device,count,...'),
    'device-write-iops-sec': text('writes a second, /path/to/device,count,...'),
    'device-read-bytes-sec': text('bytes read a second, /path/to/device,count,...'),
    'device-write-bytes-sec': text('bytes written a second, /path/to/device,count,...'),
    ...affectOptions,
  },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    const weight = args.int('weight');
    if (weight !== undefined && weight <= 0) fail(`Invalid value of ${weight} for I/O weight`);
    const wanted: Record<string, TypedValue | undefined> = {
      weight: weight === undefined ? undefined : { uint: weight },
    };
    for (const [option, name] of Object.entries(TEXTS)) {
      const value = args.text(option as keyof typeof TEXTS);
      if (value !== undefined) wanted[name] = { string: value };
    }
    if (hasParameters(wanted)) {
      await attempt(domain.setBlkioParameters(wanted, flags), 'Unable to change blkio parameters');
      return;
    }
    const params = await attempt(domain.getBlkioParameters(flags), 'Unable to get blkio parameters');
    shell.print(parameterLines(params));
  },
});
