// A device of the host as the test driver pretends it.
import type { NodeDeviceDef } from '@virtwire/conf';

/** A node device. */
export class TestNodeDevice {
  readonly def: NodeDeviceDef;

  constructor(def: NodeDeviceDef) {
    this.def = def;
  }

  get name(): string {
    return this.def.name;
  }

  /** Name of its parent, null for the computer itself. */
  get parent(): string | null {
    return this.def.parent;
  }

  /** Types of its capabilities, e.g. `scsi_host`. */
  get capabilities(): readonly string[] {
    return this.def.root.children('capability').map((capability) => capability.attribute('type') ?? '');
  }

  /** Whether a list of one capability has it; those inside a capability count, `vport_ops` as `vports`. */
  has(capability: string): boolean {
    const wanted = capability === 'vports' ? 'vport_ops' : capability;
    return this.def.root
      .children('capability')
      .flatMap((outer) => [outer, ...outer.children('capability')])
      .some((one) => one.attribute('type') === wanted);
  }
}
