// managedsave and its like: the memory of a domain that libvirt keeps until the next start.
import { command } from '../../command.ts';
import { anyDomain, runningDomain } from '../../domain-option.ts';
import { editXml } from '../../editor.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { findDomain } from '../../lookup.ts';
import { flag, word } from '../../option.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';
import { resumeFlags, resumeOptions, tellDone } from './save.ts';

// VIR_DOMAIN_SAVE_BYPASS_CACHE, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE
const BYPASS_CACHE = 1;
const SECURE = 1;

export const managedsave = command({
  description: 'Saves the memory of the domain where libvirt keeps it and stops it; the next start goes on from there.',
  options: {
    domain: runningDomain,
    'bypass-cache': flag('write past the file system cache'),
    ...resumeOptions,
    verbose: flag('show how far it is'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const flags = resumeFlags(args) | (args.flag('bypass-cache') ? BYPASS_CACHE : 0);
    await attempt(domain.managedSave(flags), `Failed to save domain '${domain.name}' state`);
    if (args.flag('verbose')) tellDone(shell, 'Managedsave');
    shell.extra(`\nDomain '${domain.name}' state saved by libvirt\n`);
  },
});

export const managedsaveRemove = command({
  description: 'Throws the saved memory of the domain away.',
  options: { domain: anyDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const saved = await attempt(domain.hasManagedSaveImage(), 'Failed to check for domain managed save image');
    if (!saved) {
      shell.extra(`Domain '${domain.name}' has no manage save image; removal skipped`);
      return;
    }
    const call = domain.managedSaveRemove();
    await attempt(call, `Failed to remove managed save image for domain '${domain.name}'`);
    shell.extra(`Removed managedsave image for domain '${domain.name}'`);
  },
});

export const managedsaveEdit = command({
  description: 'Changes the definition within the saved memory in the editor of $VISUAL or $EDITOR.',
  options: { domain: anyDomain, ...resumeOptions },
  async run(shell, args) {
    args.exclusive('running', 'paused');
    const domain = await findDomain(shell, args.text('domain'));
    await editXml(shell, {
      fetch: () => domain.managedSaveGetXmlDesc(SECURE),
      define: (xml) => domain.managedSaveDefineXml(xml, resumeFlags(args)),
      notChanged: `Managed save image of domain '${domain.name}' XML configuration not changed.`,
      edited: `Managed save image of Domain '${domain.name}' XML configuration edited.`,
    });
  },
});

export const managedsaveDumpxml = command({
  description: 'Prints the definition within the saved memory as XML.',
  options: { domain: anyDomain, 'security-info': flag('with passwords'), ...xmlOptions },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const xml = await attempt(domain.managedSaveGetXmlDesc(args.flag('security-info') ? SECURE : 0), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});

export const managedsaveDefine = command({
  description: 'Replaces the definition within the saved memory.',
  options: { domain: anyDomain, xml: word('file with the new XML'), ...resumeOptions },
  async run(shell, args) {
    args.exclusive('running', 'paused');
    const xml = await readXmlFile(args.text('xml'));
    const domain = await findDomain(shell, args.text('domain'));
    const call = domain.managedSaveDefineXml(xml, resumeFlags(args));
    await attempt(call, `Failed to update ${domain.name} XML configuration`);
    shell.extra(`Managed save state file of domain '${domain.name}' updated.\n`);
  },
});
