// Commands of virsh that are not built yet, so that their names get an honest answer.

/** Names of virsh's commands that are missing here. */
export const notYet: ReadonlySet<string> = new Set([]);
