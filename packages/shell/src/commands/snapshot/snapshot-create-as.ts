// snapshot-create-as: makes a snapshot of a domain from options.
import type { XmlWriter } from '@virtwire/conf';
import { command } from '../../command.ts';
import { flag, text, words } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { createFlags, createOptions, createSnapshot } from './snapshot-create-flags.ts';

export const snapshotCreateAs = command({
  description: 'Makes a snapshot of the domain.',
  options: {
    domain: anyDomain,
    name: text('name of the snapshot'),
    description: text('what it is for'),
    'print-xml': flag('print the XML instead of using it'),
    ...createOptions,
    memspec: text('where memory goes: [file=]name[,snapshot=type]', { named: true }),
    diskspec: words('where a disk goes: disk[,snapshot=type][,driver=type][,stype=type][,file=name]'),
  },
  async run(shell, args) {
    const flags = createFlags({ has: (name) => name in createOptions && args.has(name as keyof typeof createOptions) });
    const domain = await findDomain(shell, args.text('domain'));
    const { XmlWriter } = await import('@virtwire/conf');
    const writer = new XmlWriter().open('domainsnapshot');
    writer.leaf('name', args.text('name')).leaf('description', args.text('description'));
    const memory = args.text('memspec');
    if (memory !== undefined) writeMemory(writer, memory);
    const disks = args.words('diskspec').filter((disk) => disk !== '');
    if (disks.length > 0) {
      writer.open('disks');
      for (const disk of disks) writeDisk(writer, disk);
      writer.close();
    }
    const xml = writer.close().toString();
    if (args.flag('print-xml')) shell.print(`${xml}\n`);
    else await createSnapshot(shell, domain, { xml, flags, file: null });
  },
});

// Cuts at commas; two commas stand for one.
function splitSpec(spec: string): string[] {
  return spec.split(/(?<!,),(?!,)/).map((part) => part.replaceAll(',,', ','));
}

function writeMemory(writer: XmlWriter, spec: string): void {
  const attributes: Record<string, string> = {};
  for (const part of splitSpec(spec)) {
    if (part.startsWith('snapshot=')) attributes['snapshot'] = part.slice('snapshot='.length);
    else if (part.startsWith('file=')) attributes['file'] = part.slice('file='.length);
    else if (attributes['file'] === undefined && !part.includes('=')) attributes['file'] = part;
    else fail(`unable to parse memspec: ${spec}`);
  }
  writer.empty('memory', { snapshot: attributes['snapshot'], file: attributes['file'] });
}

function writeDisk(writer: XmlWriter, spec: string): void {
  const [name = '', ...parts] = splitSpec(spec);
  const given: Partial<Record<string, string>> = {};
  for (const part of parts) {
    const [, key, value] = /^(snapshot|driver|stype|file)=(.*)$/s.exec(part) ?? [];
    if (key === undefined || value === undefined) fail(`unable to parse diskspec: ${spec}`);
    given[key] = value;
  }
  const { snapshot, driver, stype: type, file } = given;
  if (driver === undefined && file === undefined) {
    writer.empty('disk', { name, snapshot, type });
    return;
  }
  writer.open('disk', { name, snapshot, type });
  if (driver !== undefined) writer.empty('driver', { type: driver });
  if (file !== undefined) writer.empty('source', type === 'block' ? { dev: file } : { file });
  writer.close();
}
