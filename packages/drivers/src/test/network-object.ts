// A network of the test driver.
import type { NetworkDef } from '@virtwire/conf';
import type { NonnullNetwork } from '@virtwire/protocol';

/** A network: its definition and whether it runs. */
export class TestNetwork {
  def: NetworkDef;
  private nextDef: NetworkDef | null = null;
  active = false;
  persistent = true;
  autostart = false;
  readonly name: string;
  readonly uuid: string;

  constructor(def: NetworkDef) {
    this.def = def;
    this.name = def.name;
    this.uuid = def.uuid;
  }

  /** The definition of the next start; one of its own as soon as it was changed while the network runs. */
  get configDef(): NetworkDef {
    return this.nextDef ?? this.def;
  }

  set configDef(def: NetworkDef) {
    if (this.active) this.nextDef = def;
    else this.def = def;
  }

  get ref(): NonnullNetwork {
    return { name: this.name, uuid: this.uuid };
  }
}
