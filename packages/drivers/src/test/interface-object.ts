// A host interface of the test driver.
import type { InterfaceDef } from '@virtwire/conf';
import type { NonnullInterface } from '@virtwire/protocol';

/** An interface: its definition and whether it is up. */
export class TestInterface {
  readonly name: string;
  def: InterfaceDef;
  active = false;

  constructor(def: InterfaceDef) {
    this.name = def.name;
    this.def = def;
  }

  /** Its address as written, empty when there is none. */
  get mac(): string {
    return this.def.mac ?? '';
  }

  get ref(): NonnullInterface {
    return { name: this.name, mac: this.mac };
  }
}
