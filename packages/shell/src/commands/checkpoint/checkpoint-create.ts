// checkpoint-create and checkpoint-create-as: make a checkpoint of a domain, from XML or from options.
import type { Domain } from 'virtwire';
import { command } from '../../command.ts';
import type { Shell } from '../../context.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text, words } from '../../option.ts';

// virDomainCheckpointCreateFlags
const CreateFlags = { Redefine: 1, Quiesce: 2, RedefineValidate: 4 } as const;

async function create(shell: Shell, domain: Domain, xml: string, flags: number, file: string | null): Promise<void> {
  const checkpoint = await attempt(domain.createCheckpointXml(xml, flags), null);
  shell.extra(`Domain checkpoint ${checkpoint.name} created${file === null ? '' : ` from '${file}'`}`);
}

export const checkpointCreate = command({
  description: 'Makes a checkpoint of the domain, as XML describes it.',
  options: {
    domain: anyDomain,
    xmlfile: text('file with the XML of the checkpoint'),
    redefine: flag('remember a checkpoint that exists already'),
    'redefine-validate': flag('check the checkpoint that is remembered'),
    quiesce: flag('let the agent in the domain quiet its file systems'),
  },
  async run(shell, args) {
    args.requires('redefine-validate', 'redefine');
    const flags =
      (args.flag('redefine') ? CreateFlags.Redefine : 0) |
      (args.flag('redefine-validate') ? CreateFlags.RedefineValidate : 0) |
      (args.flag('quiesce') ? CreateFlags.Quiesce : 0);
    const domain = await findDomain(shell, args.text('domain'));
    const file = args.text('xmlfile') ?? null;
    const xml = file === null ? '<domaincheckpoint/>' : await readXmlFile(file);
    await create(shell, domain, xml, flags, file);
  },
});

export const checkpointCreateAs = command({
  description: 'Makes a checkpoint of the domain.',
  options: {
    domain: anyDomain,
    name: text('name of the checkpoint'),
    description: text('what it is for'),
    'print-xml': flag('print the XML instead of using it'),
    quiesce: flag('let the agent in the domain quiet its file systems'),
    diskspec: words('which disk: disk[,checkpoint=type][,bitmap=name]'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const { XmlWriter } = await import('@virtwire/conf');
    const writer = new XmlWriter().open('domaincheckpoint');
    writer.leaf('name', args.text('name')).leaf('description', args.text('description'));
    const disks = args.words('diskspec');
    if (disks.length > 0) {
      writer.open('disks');
      for (const disk of disks) writer.empty('disk', diskAttributes(disk));
      writer.close();
    }
    const xml = writer.close().toString();
    if (args.flag('print-xml')) shell.print(`${xml}\n`);
    else await create(shell, domain, xml, args.flag('quiesce') ? CreateFlags.Quiesce : 0, null);
  },
});

function diskAttributes(spec: string): Record<string, string | undefined> {
  const [name = '', ...parts] = spec.split(/(?<!,),(?!,)/).map((part) => part.replaceAll(',,', ','));
  const given: { checkpoint?: string; bitmap?: string } = {};
  for (const part of parts) {
    const [, key, value] = /^(checkpoint|bitmap)=(.*)$/s.exec(part) ?? [];
    if (key === undefined || value === undefined) fail(`unable to parse diskspec: ${spec}`);
    given[key as keyof typeof given] = value;
  }
  return { name, checkpoint: given.checkpoint, bitmap: given.bitmap };
}
