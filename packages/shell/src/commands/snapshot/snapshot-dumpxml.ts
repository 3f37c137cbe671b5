// snapshot-dumpxml: prints the XML of a snapshot.
import { command } from '../../command.ts';
import { flag, word } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';
import { snapshotNames } from './find-snapshot.ts';

// VIR_DOMAIN_SNAPSHOT_XML_SECURE
const SECURE = 1;

export const snapshotDumpxml = command({
  description: 'Prints a snapshot of the domain as XML.',
  options: {
    domain: anyDomain,
    snapshotname: word('name of the snapshot', { complete: snapshotNames }),
    'security-info': flag('with passwords'),
    ...xmlOptions,
  },
  async run(shell, args) {
    const name = args.text('snapshotname');
    const domain = await findDomain(shell, args.text('domain'));
    const snapshot = await attempt(domain.lookupSnapshotByName(name), null);
    const xml = await attempt(snapshot.getXmlDesc(args.flag('security-info') ? SECURE : 0), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});
