// All groups of commands, in the order of help, and how a command is found by its name.
import type { Command, CommandCatalog, CommandEntry, CommandGroup } from '../command.ts';
import { UsageError } from '../failure.ts';
import { backupGroup } from './backup/index.ts';
import { checkpointGroup } from './checkpoint/index.ts';
import { domainGroup } from './domain/index.ts';
import { eventsGroup } from './events/index.ts';
import { filterGroup } from './filter/index.ts';
import { hostGroup } from './host/index.ts';
import { interfaceGroup } from './interface/index.ts';
import { monitorGroup } from './monitor/index.ts';
import { networkGroup } from './network/index.ts';
import { nodedevGroup } from './nodedev/index.ts';
import { notYet } from './not-yet.ts';
import { ownGroup } from './own/index.ts';
import { poolGroup } from './pool/index.ts';
import { secretGroup } from './secret/index.ts';
import { snapshotGroup } from './snapshot/index.ts';
import { virshGroup } from './virsh/index.ts';
import { volumeGroup } from './volume/index.ts';

/** The groups of virsh, in the order of its help. */
export const commandGroups: readonly CommandGroup[] = [
  domainGroup,
  monitorGroup,
  eventsGroup,
  hostGroup,
  checkpointGroup,
  interfaceGroup,
  filterGroup,
  networkGroup,
  nodedevGroup,
  secretGroup,
  snapshotGroup,
  backupGroup,
  poolGroup,
  volumeGroup,
  virshGroup,
];

/** All groups: those of virsh, then what virsh does not have. */
export const allGroups: readonly CommandGroup[] = [...commandGroups, ownGroup];

/** Other names of commands; help does not list them. */
export const commandAliases: Readonly<Record<string, string>> = { 'nodedev-dettach': 'nodedev-detach' };

/** Finds the index line of a command. @returns null when there is none */
export function findEntry(asked: string): { readonly name: string; readonly entry: CommandEntry } | null {
  const name = Object.hasOwn(commandAliases, asked) ? (commandAliases[asked] as string) : asked;
  for (const { commands } of allGroups) {
    if (Object.hasOwn(commands, name)) return { name, entry: commands[name] as CommandEntry };
  }
  return null;
}

/** All commands, for those that tell about commands. */
export const catalog: CommandCatalog = { groups: allGroups, entry: findEntry };

/** Loads a command. @throws UsageError when there is none */
export async function findCommand(asked: string): Promise<{ readonly name: string; readonly command: Command }> {
  const found = findEntry(asked);
  if (found !== null) return { name: found.name, command: await found.entry.load() };
  if (notYet.has(asked)) throw new UsageError(`command '${asked}' of virsh is not built into virtwire yet`);
  throw new UsageError(`unknown command: '${asked}'`);
}
