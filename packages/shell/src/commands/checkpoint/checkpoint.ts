// Commands on one checkpoint: delete, dumpxml, edit, info, parent.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { editXml } from '../../editor.ts';
import { attempt, CommandFailure, fail } from '../../failure.ts';
import { labelLine } from '../../format.ts';
import { findDomain } from '../../lookup.ts';
import { flag } from '../../option.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';
import { checkpointOption, findCheckpoint, parentOf } from './find-checkpoint.ts';

// virDomainCheckpointDeleteFlags
const DeleteFlags = { Children: 1, MetadataOnly: 2, ChildrenOnly: 4 } as const;
// virDomainCheckpointXMLFlags
const XmlFlags = { Secure: 1, NoDomain: 2, Size: 4 } as const;
// VIR_DOMAIN_CHECKPOINT_LIST_DESCENDANTS
const DESCENDANTS = 1;
// VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE
const REDEFINE = 1;

export const checkpointDelete = command({
  description: 'Deletes the checkpoint; what it knew goes to the one before it.',
  options: {
    domain: anyDomain,
    checkpointname: checkpointOption,
    children: flag('with all that came after it'),
    'children-only': flag('only what came after it'),
    metadata: flag('only forget it; its bitmaps stay'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const checkpoint = await findCheckpoint(domain, args.text('checkpointname'));
    const only = args.flag('children-only');
    const flags =
      (args.flag('children') ? DeleteFlags.Children : 0) |
      (only ? DeleteFlags.ChildrenOnly : 0) |
      (args.flag('metadata') ? DeleteFlags.MetadataOnly : 0);
    await attempt(checkpoint.delete(flags), `Failed to delete checkpoint ${checkpoint.name}`);
    shell.extra(`Domain checkpoint ${checkpoint.name} ${only ? 'children ' : ''}deleted\n`);
  },
});

export const checkpointDumpxml = command({
  description: 'Prints the checkpoint as XML.',
  options: {
    domain: anyDomain,
    checkpointname: checkpointOption,
    'security-info': flag('with passwords'),
    'no-domain': flag('without the domain as it was'),
    size: flag('with what has changed since, in bytes'),
    ...xmlOptions,
  },
  async run(shell, args) {
    const flags =
      (args.flag('security-info') ? XmlFlags.Secure : 0) |
      (args.flag('no-domain') ? XmlFlags.NoDomain : 0) |
      (args.flag('size') ? XmlFlags.Size : 0);
    const domain = await findDomain(shell, args.text('domain'));
    const checkpoint = await findCheckpoint(domain, args.text('checkpointname'));
    const xml = await attempt(checkpoint.getXmlDesc(flags), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});

export const checkpointEdit = command({
  description: 'Changes what is remembered of the checkpoint in the editor of $VISUAL or $EDITOR.',
  options: { domain: anyDomain, checkpointname: checkpointOption },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const checkpoint = await findCheckpoint(domain, args.text('checkpointname'));
    await editXml(shell, {
      fetch: () => checkpoint.getXmlDesc(XmlFlags.Secure),
      define: async (xml) => {
        const edited = await domain.createCheckpointXml(xml, REDEFINE);
        if (edited.name !== checkpoint.name) fail('The checkpoint cannot be renamed');
      },
      notChanged: `Checkpoint ${checkpoint.name} XML configuration not changed.`,
      edited: `Checkpoint ${checkpoint.name} edited.`,
    });
  },
});

export const checkpointInfo = command({
  description: 'Prints the main facts of the checkpoint.',
  options: { domain: anyDomain, checkpointname: checkpointOption },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const checkpoint = await findCheckpoint(domain, args.text('checkpointname'));
    shell.print(labelLine('Name:', checkpoint.name));
    shell.print(labelLine('Domain:', domain.name));
    const parent = await parentOf(checkpoint).catch((thrown) => {
      throw new CommandFailure('unexpected problem querying checkpoint state', thrown);
    });
    shell.print(labelLine('Parent:', parent ?? '-'));
    const children = await attempt(checkpoint.listAllChildren(), null);
    shell.print(labelLine('Children:', children.length));
    const descendants = await attempt(checkpoint.listAllChildren(DESCENDANTS), null);
    shell.print(labelLine('Descendants:', descendants.length));
  },
});

export const checkpointParent = command({
  description: 'Prints the name of the checkpoint before this one.',
  options: { domain: anyDomain, checkpointname: checkpointOption },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const checkpoint = await findCheckpoint(domain, args.text('checkpointname'));
    const parent = await attempt(parentOf(checkpoint), null);
    if (parent === null) fail(`checkpoint '${checkpoint.name}' has no parent`);
    shell.print(parent);
  },
});
