// snapshot-current: prints the current snapshot of a domain, or makes another one current.
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { snapshotNames } from './find-snapshot.ts';

// VIR_DOMAIN_SNAPSHOT_XML_SECURE, VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT
const SECURE = 1;
const REDEFINE_CURRENT = 3;

export const snapshotCurrent = command({
  description: 'Prints the current snapshot of the domain as XML, or makes another one current.',
  options: {
    domain: anyDomain,
    name: flag('print its name only'),
    'security-info': flag('with passwords'),
    snapshotname: text('the snapshot to make current', { complete: snapshotNames }),
  },
  async run(shell, args) {
    args.exclusive('name', 'snapshotname');
    const domain = await findDomain(shell, args.text('domain'));
    const wanted = args.text('snapshotname');
    if (wanted !== undefined) {
      const snapshot = await attempt(domain.lookupSnapshotByName(wanted), null);
      const xml = await attempt(snapshot.getXmlDesc(SECURE), null);
      await attempt(domain.createSnapshotXml(xml, REDEFINE_CURRENT), null);
      shell.extra(`Snapshot ${wanted} set as current`);
      return;
    }
    if (!(await attempt(domain.hasCurrentSnapshot(), null))) fail(`domain '${domain.name}' has no current snapshot`);
    const snapshot = await attempt(domain.currentSnapshot(), null);
    if (args.flag('name')) shell.print(snapshot.name);
    else shell.print(await attempt(snapshot.getXmlDesc(args.flag('security-info') ? SECURE : 0), null));
  },
});
