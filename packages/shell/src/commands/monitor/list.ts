// list: lists domains.
import type { Domain } from 'virtwire';
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { DomainState, stateText } from '../../domain-state.ts';
import { attempt } from '../../failure.ts';

// virConnectListAllDomainsFlags
const ListFlags = {
  Active: 1,
  Inactive: 2,
  Persistent: 4,
  Transient: 8,
  Running: 16,
  Paused: 32,
  Shutoff: 64,
  Other: 128,
  ManagedSave: 256,
  NoManagedSave: 512,
  Autostart: 1024,
  NoAutostart: 2048,
  HasSnapshot: 4096,
  NoSnapshot: 8192,
  HasCheckpoint: 16384,
  NoCheckpoint: 32768,
} as const;

const FILTERS = {
  persistent: ListFlags.Persistent,
  transient: ListFlags.Transient,
  'with-managed-save': ListFlags.ManagedSave,
  'without-managed-save': ListFlags.NoManagedSave,
  autostart: ListFlags.Autostart,
  'no-autostart': ListFlags.NoAutostart,
  'with-snapshot': ListFlags.HasSnapshot,
  'without-snapshot': ListFlags.NoSnapshot,
  'with-checkpoint': ListFlags.HasCheckpoint,
  'without-checkpoint': ListFlags.NoCheckpoint,
  'state-running': ListFlags.Running,
  'state-paused': ListFlags.Paused,
  'state-shutoff': ListFlags.Shutoff,
  'state-other': ListFlags.Other,
} as const;

export const list = command({
  description: 'Lists domains; only running ones unless told otherwise.',
  options: {
    inactive: flag('those that do not run'),
    all: flag('those that run and those that do not'),
    transient: flag('those without a definition'),
    persistent: flag('those with a definition'),
    'with-snapshot': flag('those with snapshots'),
    'without-snapshot': flag('those without snapshots'),
    'with-checkpoint': flag('those with checkpoints'),
    'without-checkpoint': flag('those without checkpoints'),
    'state-running': flag('those that run'),
    'state-paused': flag('those that are suspended'),
    'state-shutoff': flag('those that are shut off'),
    'state-other': flag('those in another state'),
    autostart: flag('those that start with the host'),
    'no-autostart': flag('those that do not start with the host'),
    'with-managed-save': flag('those with saved state'),
    'without-managed-save': flag('those without saved state'),
    uuid: flag('print UUIDs only'),
    name: flag('print names only'),
    id: flag('print ids only'),
    table: flag('print a table (as without an option)'),
    'managed-save': flag('show saved state as a state of its own'),
    title: flag('show titles'),
  },
  async run(shell, args) {
    let flags: number = args.flag('inactive') || args.flag('state-shutoff') ? ListFlags.Inactive : ListFlags.Active;
    if (args.flag('all')) flags = ListFlags.Active | ListFlags.Inactive;
    for (const [name, bit] of Object.entries(FILTERS)) if (args.has(name as keyof typeof FILTERS)) flags |= bit;
    args.exclusive('table', 'name');
    args.exclusive('table', 'id');
    args.exclusive('table', 'uuid');
    const plain = args.flag('uuid') || args.flag('name') || args.flag('id');
    const onlyIds = args.flag('id') && !args.flag('name') && !args.flag('uuid');

    const found = await attempt(shell.connection.listAllDomains(flags), 'Failed to list domains');
    const domains = found.sort(byIdThenName);
    if (plain) {
      for (const { id, name, uuid } of domains) {
        if (onlyIds && id === -1) continue;
        const columns = [
          ...(args.flag('uuid') ? [uuid] : []),
          ...(args.flag('id') ? [id === -1 ? '-' : id] : []),
          ...(args.flag('name') ? [name] : []),
        ];
        shell.print(`${columns.join(' ')}\n`);
      }
      return;
    }
    const title = args.flag('title');
    const rows = await attempt(
      Promise.all(
        domains.map(async (domain) => [
          domain.id === -1 ? '-' : String(domain.id),
          domain.name,
          ...(await Promise.all([shownState(domain, args.flag('managed-save')), ...(title ? [titleOf(domain)] : [])])),
        ]),
      ),
      null,
    );
    await shell.table(['Id', 'Name', 'State', ...(title ? ['Title'] : [])], rows);
  },
});

/** Running domains by id, then the others by name whatever the case of letters. */
function byIdThenName(a: Domain, b: Domain): number {
  if (a.id !== b.id && (a.id === -1 || b.id === -1)) return a.id === -1 ? 1 : -1;
  if (a.id !== b.id) return a.id - b.id;
  const [first, second] = [a.name.toLowerCase(), b.name.toLowerCase()];
  return first < second ? -1 : first > second ? 1 : 0;
}

async function shownState(domain: Domain, savedShown: boolean): Promise<string> {
  const { state } = await domain.getState();
  const saved = savedShown && state === DomainState.Shutoff && (await domain.hasManagedSaveImage());
  return saved ? 'saved' : stateText(state);
}

async function titleOf(domain: Domain): Promise<string> {
  const { descriptionOf, MetadataType } = await import('../../domain-description.ts');
  return descriptionOf(domain, MetadataType.Title, 0);
}
