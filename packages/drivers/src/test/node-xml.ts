// What an inventory says about its host.
import type { XmlElement } from '@virtwire/conf';
import { ErrorCode } from '@virtwire/rpc';
import { testError } from './errors.ts';
import type { NodeInfo } from './node.ts';

/** Changes the figures of the host to those of `<cpu>` and `<memory>`. */
export function readNodeInfo(root: XmlElement, node: NodeInfo): void {
  const cpu = root.child('cpu');
  const read = (from: XmlElement | null, name: string, label: string): number | null => {
    const text = from?.childText(name)?.trim() ?? null;
    if (text === null) return null;
    if (!/^[+-]?\d{1,15}$/.test(text)) throw testError(ErrorCode.XmlError, `invalid node ${label} value`);
    return Number(text);
  };
  for (const part of ['nodes', 'sockets', 'cores', 'threads'] as const) {
    node[part] = read(cpu, part, `cpu ${part}`) ?? node[part];
  }
  node.cpus = node.cores * node.threads * node.sockets * node.nodes;
  const active = read(cpu, 'active', 'cpu active');
  if (active !== null && active < node.cpus) node.cpus = active;
  node.mhz = read(cpu, 'mhz', 'cpu mhz') ?? node.mhz;
  const model = cpu?.childText('model') ?? null;
  if (model !== null) {
    if (new TextEncoder().encode(model).length > 31) {
      throw testError(ErrorCode.InternalError, `Model ${model} too big for destination`);
    }
    node.model = model;
  }
  const memory = read(root, 'memory', 'memory');
  if (memory !== null) node.memory = BigInt(memory);
}
