// The host that the test driver pretends to have.

/** What `virNodeGetInfo` tells; memory in KiB. */
export interface NodeInfo {
  model: string;
  memory: bigint;
  cpus: number;
  mhz: number;
  nodes: number;
  sockets: number;
  cores: number;
  threads: number;
}

/** One NUMA cell; memory in KiB. */
export interface NodeCell {
  readonly memory: bigint;
  readonly freeMemory: bigint;
  readonly cpus: readonly NodeCpu[];
}

/** One CPU of a cell; it is its own only sibling. */
export interface NodeCpu {
  readonly id: number;
  readonly socketId: number;
  readonly coreId: number;
}

/** The host of `test:///default`, and of a file that says nothing about its host. */
export function defaultNodeInfo(): NodeInfo {
  return { model: 'i686', memory: 3145728n, cpus: 16, mhz: 1400, nodes: 2, sockets: 2, cores: 2, threads: 2 };
}

/** The two cells of `test:///default`; a file has none. */
export function defaultCells(): NodeCell[] {
  return [0, 1].map((cell) => ({
    memory: BigInt(cell + 1) * 2097152n,
    freeMemory: BigInt(cell + 1) * 1048576n,
    cpus: Array.from({ length: 8 }, (_, core) => ({ id: cell * 8 + core, socketId: cell, coreId: core })),
  }));
}

/** How many CPUs the maps of the host speak of (VIR_NODEINFO_MAXCPUS). */
export function maxCpus(node: NodeInfo): number {
  return node.nodes * node.sockets * node.cores * node.threads;
}
