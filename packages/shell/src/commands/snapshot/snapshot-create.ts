// snapshot-create: makes a snapshot of a domain from XML.
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { readXmlFile } from '../../files.ts';
import { findDomain } from '../../lookup.ts';
import { createFlags, createOptions, createSnapshot } from './snapshot-create-flags.ts';

export const snapshotCreate = command({
  description: 'Makes a snapshot of the domain, as XML describes it.',
  options: {
    domain: anyDomain,
    xmlfile: text('file with the XML of the snapshot'),
    redefine: flag('remember a snapshot that exists already'),
    current: flag('with --redefine, make it the current one'),
    ...createOptions,
  },
  async run(shell, args) {
    const flags = createFlags(args);
    const domain = await findDomain(shell, args.text('domain'));
    const file = args.text('xmlfile') ?? null;
    const xml = file === null ? '<domainsnapshot/>' : await readXmlFile(file);
    await createSnapshot(shell, domain, { xml, flags, file });
  },
});
