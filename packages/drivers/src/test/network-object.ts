// A network of the test driver.
import type { NetworkDef } from '@virtwire/conf';
import type { NonnullNetwork } from '@virtwire/protocol';

/** A network: its definition and whether it runs. */
export class TestNetwork {
  def: NetworkDef;
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

  get ref(): NonnullNetwork {
    return { name: this.name, uuid: this.uuid };
  }
}
