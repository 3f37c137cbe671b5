// checkpoint-list: lists the checkpoints of a domain.
import type { DomainCheckpoint } from 'virtwire';
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { localTime } from '../../format.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text } from '../../option.ts';
import { byName } from '../../order.ts';
import { treeText } from '../../tree.ts';
import { checkpointNames, NO_DOMAIN } from './find-checkpoint.ts';

// virDomainCheckpointListFlags; roots of a domain, descendants of a checkpoint.
const ROOTS = 1;
const DESCENDANTS = 1;
const TOPOLOGICAL = 2;
const LEAVES = 4;
const NO_LEAVES = 8;

export const checkpointList = command({
  description: 'Lists the checkpoints of the domain.',
  options: {
    domain: anyDomain,
    parent: flag('print also their parents'),
    roots: flag('only those without a parent'),
    leaves: flag('only those without children'),
    'no-leaves': flag('only those with children'),
    tree: flag('print them as a tree'),
    from: text('only children of this one', { complete: checkpointNames }),
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
    const domain = await findDomain(shell, args.text('domain'));
    const from = args.text('from');
    let flags =
      (args.flag('roots') ? ROOTS : 0) |
      (args.flag('topological') ? TOPOLOGICAL : 0) |
      (args.flag('leaves') ? LEAVES : 0) |
      (args.flag('no-leaves') ? NO_LEAVES : 0);
    if (args.flag('descendants') && from === undefined) fail('--descendants requires --from');
    const start = from === undefined ? null : await attempt(domain.lookupCheckpointByName(from), null);
    if (start !== null && (args.flag('descendants') || args.flag('tree'))) flags |= DESCENDANTS;
    const found = await attempt(start === null ? domain.listAllCheckpoints(flags) : start.listAllChildren(flags), null);
    if (!args.flag('topological')) found.sort(byName);
    if (args.flag('name')) {
      for (const { name } of found) shell.print(`${name}\n`);
      return;
    }
    const facts = await attempt(Promise.all(found.map(factsOf)), null);
    if (args.flag('tree')) {
      const nodes = facts.map(({ name, parent }) => ({ name, parent }));
      shell.print(treeText(start === null ? nodes : [{ name: start.name, parent: null }, ...nodes]));
      return;
    }
    const parent = args.flag('parent');
    await shell.table(
      ['Name', 'Creation Time', ...(parent ? ['Parent'] : [])],
      facts.map((fact) => [fact.name, localTime(fact.time), ...(parent ? [fact.parent ?? ''] : [])]),
    );
  },
});

async function factsOf(checkpoint: DomainCheckpoint) {
  const { parseXml } = await import('@virtwire/conf');
  const xml = await parseXml(await checkpoint.getXmlDesc(NO_DOMAIN));
  return {
    name: checkpoint.name,
    parent: xml.path('parent/name'),
    time: BigInt(xml.childText('creationTime') ?? 0),
  };
}
