// blkdeviotune: prints or changes the limits of a domain's disk.
import type { TypedValue } from 'virtwire';
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { number, text, word } from '../../option.ts';
import { hasParameters, parameterLines } from '../../tunables.ts';

/** Options with bytes may have a unit. */
const BYTES = [
  'total-bytes-sec',
  'read-bytes-sec',
  'write-bytes-sec',
  'total-bytes-sec-max',
  'read-bytes-sec-max',
  'write-bytes-sec-max',
] as const;
const COUNTS = [
  'total-iops-sec',
  'read-iops-sec',
  'write-iops-sec',
  'total-iops-sec-max',
  'read-iops-sec-max',
  'write-iops-sec-max',
  'size-iops-sec',
  'total-bytes-sec-max-length',
  'read-bytes-sec-max-length',
  'write-bytes-sec-max-length',
  'total-iops-sec-max-length',
  'read-iops-sec-max-length',
  'write-iops-sec-max-length',
] as const;

const wireName = (option: string) => option.replaceAll('-', '_');

export const blkdeviotune = command({
  description: 'Prints the limits of a disk of the domain, or changes them.',
  options: {
    domain: anyDomain,
    device: word('target of the disk'),
    'total-bytes-sec': number('bytes a second, read and written'),
    'read-bytes-sec': number('bytes read a second'),
    'write-bytes-sec': number('bytes written a second'),
    'total-iops-sec': number('requests a second'),
    'read-iops-sec': number('reads a second'),
    'write-iops-sec': number('writes a second'),
    'total-bytes-sec-max': number('bytes a second in a burst'),
    'read-bytes-sec-max': number('bytes read a second in a burst'),
    'write-bytes-sec-max': number('bytes written a second in a burst'),
    'total-iops-sec-max': number('requests a second in a burst'),
    'read-iops-sec-max': number('reads a second in a burst'),
    'write-iops-sec-max': number('writes a second in a burst'),
    'size-iops-sec': number('bytes that count for one request'),
    'group-name': text('disks with this name share the limits'),
    'total-bytes-sec-max-length': number('seconds that such a burst may last'),
    'read-bytes-sec-max-length': number('seconds that such a burst may last'),
    'write-bytes-sec-max-length': number('seconds that such a burst may last'),
    'total-iops-sec-max-length': number('seconds that such a burst may last'),
    'read-iops-sec-max-length': number('seconds that such a burst may last'),
    'write-iops-sec-max-length': number('seconds that such a burst may last'),
    ...affectOptions,
  },
  optionAliases: Object.fromEntries(
    [
      'total-bytes-sec',
      'read-bytes-sec',
      'write-bytes-sec',
      'total-iops-sec',
      'read-iops-sec',
      'write-iops-sec',
      'total-bytes-sec-max',
      'read-bytes-sec-max',
      'write-bytes-sec-max',
      'total-iops-sec-max',
      'read-iops-sec-max',
      'write-iops-sec-max',
      'size-iops-sec',
      'group-name',
      'total-bytes-sec-max-length',
      'read-bytes-sec-max-length',
      'write-bytes-sec-max-length',
      'total-iops-sec-max-length',
      'read-iops-sec-max-length',
      'write-iops-sec-max-length',
    ].map((option) => [wireName(option), option]),
  ),
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    const disk = args.text('device');
    const wanted: Record<string, TypedValue | undefined> = {};
    try {
      for (const option of BYTES) {
        const bytes = args.size(option, 1n);
        if (bytes !== undefined) wanted[wireName(option)] = { ullong: bytes };
      }
      for (const option of COUNTS) {
        const count = args.ulong(option);
        if (count !== undefined) wanted[wireName(option)] = { ullong: count };
      }
    } catch (thrown) {
      shell.report(thrown);
      fail('Unable to parse integer parameter');
    }
    const group = args.text('group-name');
    if (group !== undefined) wanted['group_name'] = { string: group };
    if (hasParameters(wanted)) {
      await attempt(domain.setBlockIoTune(disk, wanted, flags), 'Unable to change block I/O throttle');
      return;
    }
    const params = await attempt(domain.getBlockIoTune(disk, flags), 'Unable to get block I/O throttle parameters');
    shell.print(parameterLines(params));
  },
});
