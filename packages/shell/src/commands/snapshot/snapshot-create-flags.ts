// The options of the two commands that make snapshots, and the flags that they stand for.
import { flag } from '../../option.ts';
import type { Shell } from '../../context.ts';
import type { Domain } from 'virtwire';
import { attempt } from '../../failure.ts';

// virDomainSnapshotCreateFlags
const FLAGS = {
  redefine: 1,
  current: 2,
  'no-metadata': 4,
  halt: 8,
  'disk-only': 16,
  'reuse-external': 32,
  quiesce: 64,
  atomic: 128,
  live: 256,
  validate: 512,
} as const;

/** The options that both commands have. */
export const createOptions = {
  'no-metadata': flag('make it, but do not remember it'),
  halt: flag('stop the domain afterwards'),
  'disk-only': flag('keep the disks, not the state of the domain'),
  'reuse-external': flag('use files that are there already'),
  quiesce: flag('let the agent in the domain write its file systems out'),
  atomic: flag('all disks or none'),
  live: flag('while the domain runs'),
  validate: flag('check the XML against the schema'),
};

/** Gives the flags of those options that were given. */
export function createFlags(args: { has(name: keyof typeof FLAGS): boolean }): number {
  let flags = 0;
  for (const [name, bit] of Object.entries(FLAGS)) if (args.has(name as keyof typeof FLAGS)) flags |= bit;
  return flags;
}

/** Makes the snapshot and tells its name. @param file where the XML came from, null when from options */
export async function createSnapshot(
  shell: Shell,
  domain: Domain,
  { xml, flags, file }: { readonly xml: string; readonly flags: number; readonly file: string | null },
): Promise<void> {
  const snapshot = await attempt(domain.createSnapshotXml(xml, flags), null);
  shell.extra(`Domain snapshot ${snapshot.name} created${file === null ? '' : ` from '${file}'`}`);
}
