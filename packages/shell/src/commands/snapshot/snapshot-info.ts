// snapshot-info: prints the main facts of a snapshot.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { labelLine, yesNo } from '../../format.ts';
import { findDomain } from '../../lookup.ts';
import { findSnapshot, snapshotOptions } from './find-snapshot.ts';

// VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS
const DESCENDANTS = 1;

export const snapshotInfo = command({
  description: 'Prints the main facts of the snapshot.',
  options: { domain: anyDomain, ...snapshotOptions },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const snapshot = await findSnapshot(domain, args);
    const [current, text, children, descendants, metadata] = await attempt(
      Promise.all([
        snapshot.isCurrent(),
        snapshot.getXmlDesc(),
        snapshot.numOfChildren(),
        snapshot.numOfChildren(DESCENDANTS),
        snapshot.hasMetadata(),
      ]),
      null,
    );
    const { parseXml } = await import('@virtwire/conf');
    const xml = await parseXml(text);
    const state = xml.childText('state') ?? '';
    const external =
      state === 'disk-snapshot' ||
      xml.path('memory/@snapshot') === 'external' ||
      (xml.child('disks')?.children('disk') ?? []).some((disk) => disk.attribute('snapshot') === 'external');
    shell.print(labelLine('Name:', snapshot.name));
    shell.print(labelLine('Domain:', domain.name));
    shell.print(labelLine('Current:', yesNo(current)));
    shell.print(labelLine('State:', state));
    shell.print(labelLine('Location:', external ? 'external' : 'internal'));
    shell.print(labelLine('Parent:', xml.path('parent/name') ?? '-'));
    shell.print(labelLine('Children:', children));
    shell.print(labelLine('Descendants:', descendants));
    shell.print(labelLine('Metadata:', yesNo(metadata)));
  },
});
