// snapshot-edit: changes what is remembered of a snapshot in an editor.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { editXml } from '../../editor.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag } from '../../option.ts';
import { findSnapshot, snapshotOptions } from './find-snapshot.ts';

// VIR_DOMAIN_SNAPSHOT_XML_SECURE, VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE, _CURRENT, VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY
const SECURE = 1;
const REDEFINE = 1;
const CURRENT = 2;
const METADATA_ONLY = 2;

export const snapshotEdit = command({
  description: 'Changes what is remembered of the snapshot in the editor of $VISUAL or $EDITOR.',
  options: {
    domain: anyDomain,
    ...snapshotOptions,
    rename: flag('allow another name, which then stands for this snapshot'),
    clone: flag('allow another name, as one more snapshot'),
  },
  async run(shell, args) {
    args.exclusive('rename', 'clone');
    const domain = await findDomain(shell, args.text('domain'));
    const snapshot = await findSnapshot(domain, args);
    const { name } = snapshot;
    const flags = args.flag('current') && args.text('snapshotname') !== undefined ? CURRENT : 0;
    let edited = name;
    await editXml(shell, {
      fetch: () => snapshot.getXmlDesc(SECURE),
      define: async (xml) => {
        const made = await domain.createSnapshotXml(xml, REDEFINE | flags);
        edited = made.name;
        if (edited === name) {
          if (args.flag('clone')) fail(`must edit snapshot name to clone from ${name}`);
          return;
        }
        if (args.flag('rename')) await attempt(snapshot.delete(METADATA_ONLY), `failed to clean up ${name}`);
        else if (!args.flag('clone')) {
          await attempt(made.delete(METADATA_ONLY), `failed to clean up ${edited}`);
          fail(`must use --rename or --clone to change ${name} to ${edited}`);
        }
      },
      notChanged: `Snapshot ${name} XML configuration not changed.`,
      get edited() {
        if (edited === name) return `Snapshot ${name} edited.`;
        return args.flag('clone') ? `Snapshot ${name} cloned to ${edited}.` : `Snapshot ${name} renamed to ${edited}.`;
      },
    });
  },
});
