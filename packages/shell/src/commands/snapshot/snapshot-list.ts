// snapshot-list: lists the snapshots of a domain.
import type { DomainSnapshot } from 'virtwire';
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { localTime } from '../../format.ts';
import { findDomain } from '../../lookup.ts';
import { byName } from '../../order.ts';
import { treeText } from '../../tree.ts';
import { snapshotNames } from './find-snapshot.ts';

// virDomainSnapshotListFlags; roots of a domain, descendants of a snapshot.
const ROOTS = 1;
const DESCENDANTS = 1;
const FILTERS = {
  leaves: 4,
  'no-leaves': 8,
  metadata: 2,
  'no-metadata': 16,
  inactive: 32,
  active: 64,
  'disk-only': 128,
  internal: 256,
  external: 512,
  topological: 1024,
} as const;

export const snapshotList = command({
  description: 'Lists the snapshots of the domain.',
  options: {
    domain: anyDomain,
    parent: flag('print also their parents'),
    roots: flag('only those without a parent'),
    leaves: flag('only those without children'),
    'no-leaves': flag('only those with children'),
    metadata: flag('only those whose metadata would hinder undefine'),
    'no-metadata': flag('only those without such metadata'),
    inactive: flag('only those taken while the domain did not run'),
    active: flag('only those taken while the domain ran'),
    'disk-only': flag('only those of disks alone'),
    internal: flag('only those within the images'),
    external: flag('only those in files of their own'),
    tree: flag('print them as a tree'),
    from: text('only children of this one', { complete: snapshotNames }),
    current: flag('only children of the current one'),
    descendants: flag('with --from, also children of children'),
    name: flag('print names only'),
    topological: flag('parents before children'),
  },
  async run(shell, args) {
    args.exclusive('tree', 'name');
    args.exclusive('parent', 'roots');
    args.exclusive('parent', 'tree');
    args.exclusive('roots', 'tree');
    args.exclusive('roots', 'from');
    args.exclusive('roots', 'current');
    let flags = args.flag('roots') ? ROOTS : 0;
    for (const [name, bit] of Object.entries(FILTERS)) if (args.has(name as keyof typeof FILTERS)) flags |= bit;
    const domain = await findDomain(shell, args.text('domain'));
    const from = args.text('from');
    if (args.flag('descendants') && from === undefined && !args.flag('current')) {
      fail('--descendants requires either --from or --current');
    }
    let start: DomainSnapshot | null = null;
    if (from !== undefined) start = await attempt(domain.lookupSnapshotByName(from), null);
    else if (args.flag('current')) start = await attempt(domain.currentSnapshot(), null);
    if (start !== null && (args.flag('descendants') || args.flag('tree'))) flags |= DESCENDANTS;
    const found = await attempt(start === null ? domain.listAllSnapshots(flags) : start.listAllChildren(flags), null);
    if (!args.flag('topological')) found.sort(byName);
    if (args.flag('name')) {
      for (const { name } of found) shell.print(`${name}\n`);
      return;
    }
    const facts = await attempt(Promise.all(found.map(factsOf)), null);
    if (args.flag('tree')) {
      const nodes = found.map(({ name }, index) => ({ name, parent: facts[index]?.parent ?? null }));
      // The tree begins at the snapshot that was named.
      shell.print(treeText(start === null ? nodes : [{ name: start.name, parent: null }, ...nodes]));
      return;
    }
    const parent = args.flag('parent');
    await shell.table(
      ['Name', 'Creation Time', 'State', ...(parent ? ['Parent'] : [])],
      facts.map((fact) => [fact.name, localTime(fact.time), fact.state, ...(parent ? [fact.parent ?? ''] : [])]),
    );
  },
});

async function factsOf(snapshot: DomainSnapshot) {
  const { parseXml } = await import('@virtwire/conf');
  const xml = await parseXml(await snapshot.getXmlDesc());
  return {
    name: snapshot.name,
    parent: xml.path('parent/name'),
    state: xml.childText('state') ?? '',
    time: BigInt(xml.childText('creationTime') ?? 0),
  };
}
