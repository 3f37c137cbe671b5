// Everything that one test hypervisor holds: host, objects, events.
import type { DriverHandlers } from '../define.ts';
import { EventHub } from '../event-hub.ts';
import { ObjectStore } from '../object-store.ts';
import type { TestDomain } from './domain-object.ts';
import type { TestInterface } from './interface-object.ts';
import type { TestNetwork } from './network-object.ts';
import { defaultNodeInfo, type NodeCell, type NodeInfo } from './node.ts';
import type { TestNodeDevice } from './node-device-object.ts';
import type { TestPool } from './storage-object.ts';

/** A user of an inventory that asks for a name before it opens. */
export interface TestUser {
  readonly name: string;
  /** Null when the name is enough. */
  readonly password: string | null;
}

/** What the test driver needs from the outside; each part may be left out. */
export interface TestHost {
  /** Reads a whole file. Throws, or rejects, when it cannot. */
  readFile?(path: string): Uint8Array | Promise<Uint8Array>;
  /** Writes a whole file that only the owner may read. Throws, or rejects, when it cannot. */
  writeFile?(path: string, content: Uint8Array): void | Promise<void>;
  /** Name of this host; `localhost` when left out. */
  hostname?(): string;
}

/** One test hypervisor. Connections to `test:///default` share one, every other connection has its own. */
export class TestState {
  readonly hub = new EventHub();
  readonly host: TestHost;
  /**
   * What answers calls for it; null before the first connection. Not in a map beside it, weak as that may be: what such a
   * map holds lives until the garbage collector looks at everything, and so would each inventory.
   */
  handlers: DriverHandlers | null = null;
  /** True once a call was made that may have changed something. */
  changed = false;
  node: NodeInfo = defaultNodeInfo();
  cells: readonly NodeCell[] = [];
  users: readonly TestUser[] = [];
  readonly domains = new ObjectStore<TestDomain>();
  readonly networks = new ObjectStore<TestNetwork>();
  readonly pools = new ObjectStore<TestPool>();
  interfaces = new Map<string, TestInterface>();
  /** The interfaces as they were when the running transaction began, null when none runs. */
  interfaceBackup: Map<string, TestInterface> | null = null;
  readonly nodeDevices = new Map<string, TestNodeDevice>();
  private nextDomainId = 1;

  constructor(host: TestHost) {
    this.host = host;
  }

  /** The id of the domain that starts next. */
  takeDomainId(): number {
    return this.nextDomainId++;
  }
}
