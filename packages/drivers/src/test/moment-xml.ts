// What the XML of snapshots and checkpoints has in common.
import type { XmlElement } from '@virtwire/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { Moment, MomentTree } from './moment-tree.ts';

/** The fields that both kinds have. */
export interface MomentFields {
  readonly name: string;
  readonly description: string | null;
  readonly parent: string | null;
  readonly creationTime: bigint;
}

/** How one kind is called, and where its errors are filed. */
export interface MomentKind {
  readonly word: 'snapshot' | 'checkpoint';
  readonly domain: number;
}

/** Reads the common fields. A name that is not given is the time of day in seconds. */
export function readMomentFields(root: XmlElement, redefine: boolean, kind: MomentKind): MomentFields {
  const now = BigInt(Math.floor(Date.now() / 1000));
  const name = root.childText('name');
  if (name === null && redefine)
    throw momentError(kind, ErrorCode.XmlError, `a redefined ${kind.word} must have a name`);
  const time = root.childText('creationTime');
  if (redefine && (time === null || !/^\s*\d+\s*$/.test(time))) {
    throw momentError(kind, ErrorCode.InternalError, `missing creationTime from existing ${kind.word}`);
  }
  return {
    name: name ?? String(now),
    description: root.childText('description'),
    parent: redefine ? root.path('parent/name') : null,
    creationTime: redefine && time !== null ? BigInt(time.trim()) : now,
  };
}

/** Makes sure that a name is free. */
export function checkMomentName<T extends Moment>(tree: MomentTree<T>, name: string): void {
  if (tree.get(name) === undefined) return;
  throw new LibvirtError(ErrorCode.OperationFailed, `domain moment ${name} already exists`, {
    domain: ErrorDomain.Domain,
  });
}

/** An error of one kind of moments. */
export function momentError(kind: MomentKind, code: number, detail: string): LibvirtError {
  return new LibvirtError(code, detail, { domain: kind.domain });
}
