// Opens connections of the test driver.
import type { CallContext, Driver, DriverFactory } from '@virtwire/protocol';
import { type Answer, ErrorCode } from '@virtwire/rpc';
import { defineDriver, type DriverHandlers, mergeHandlers, noEvents } from '../define.ts';
import { chain } from './chain.ts';
import { checkpointHandlers } from './checkpoint.ts';
import { domainDefineHandlers } from './domain-define.ts';
import { domainGuestHandlers } from './domain-guest.ts';
import { domainInfoHandlers } from './domain-info.ts';
import { domainIothreadHandlers } from './domain-iothread.ts';
import { domainLifecycleHandlers } from './domain-lifecycle.ts';
import { domainListHandlers } from './domain-list.ts';
import { domainMemoryHandlers } from './domain-memory.ts';
import { domainSaveHandlers } from './domain-save.ts';
import { domainStatsHandlers } from './domain-stats.ts';
import { domainTuningHandlers } from './domain-tuning.ts';
import { domainVcpuHandlers } from './domain-vcpu.ts';
import { testError } from './errors.ts';
import { hostHandlers } from './host.ts';
import { interfaceHandlers } from './interface.ts';
import { loadBuiltin, loadFile, missingCredentials } from './load.ts';
import { networkHandlers } from './network.ts';
import { nodeDeviceHandlers } from './node-device.ts';
import { snapshotHandlers } from './snapshot.ts';
import type { TestHost, TestState } from './state.ts';
import { storagePoolHandlers } from './storage-pool.ts';
import { storageVolumeHandlers } from './storage-volume.ts';

/** What the test driver needs from the outside, and who may open inventories that want a password. */
export interface TestDriverOptions extends TestHost {
  /**
   * Asked for the user of an inventory that has an `<auth>` part; null (or left out) is nobody.
   *
   * `password` is asked for when it is needed.
   */
  authenticate?(context: CallContext): Answer<TestCredentials | null>;
}

/** Who opens an inventory. */
export interface TestCredentials {
  readonly user: string;
  readonly password: string | null;
}

/**
 * Makes the test driver: `test:///default`, a hypervisor made of memory that all connections of this factory share
 * until the last one is closed, and `test:///path/to/inventory.xml`, one for each connection.
 */
export function testDriver(options: TestDriverOptions = {}): DriverFactory {
  let shared: TestState | null = null;
  let connections = 0;
  return {
    scheme: 'test',
    open(uri, context) {
      const path = pathOf(uri);
      if (path === '' || path === '/') {
        throw testError(ErrorCode.InvalidArg, 'testOpen: supply a path or use test:///default');
      }
      if (path === '/default') {
        shared ??= loadBuiltin(options);
        connections++;
        return connect(shared, () => {
          // One in which nothing was changed is what a new one would be, and costs nothing to make.
          if (--connections === 0 && shared?.changed !== false) shared = null;
        });
      }
      return chain(loadFile(options, path), (state) =>
        chain(authenticate(options, state, context), () => connect(state, () => undefined)),
      );
    },
  };
}

// The path of a URI, without host, query and fragment.
function pathOf(uri: string): string {
  const rest = uri.replace(/^[^:]*:/, '').replace(/[?#].*$/s, '');
  const path = rest.startsWith('//') ? rest.slice(2).replace(/^[^/]*/, '') : rest;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function authenticate(options: TestDriverOptions, state: TestState, context: CallContext): Answer<void> {
  if (state.users.length === 0) return;
  return chain(options.authenticate?.(context) ?? null, (credentials) => {
    if (credentials === null) throw missingCredentials();
    const user = state.users.find(({ name }) => name === credentials.user);
    if (user === undefined || (user.password !== null && user.password !== credentials.password)) {
      throw testError(ErrorCode.AuthFailed, 'authentication failed, see test XML for the correct username/password');
    }
  });
}

function connect(state: TestState, close: () => void): Driver {
  return defineDriver({
    handlers: handlersOf(state),
    // What a read-only connection may call changes nothing; of all else it is assumed, even where it fails.
    calling: ({ needsWrite }) => {
      if (needsWrite === 'always') state.changed = true;
    },
    subscribe: (type, filter, listener) => {
      // libvirt's test driver has no secrets and no monitor.
      if (type.object === 'secret' || type.object === 'monitor') throw noEvents(type);
      return state.hub.subscribe(type, filter, listener);
    },
    close,
  });
}

// Handlers know only the state: connections that share it share them, too.
function handlersOf(state: TestState): DriverHandlers {
  return (state.handlers ??= mergeHandlers([
    hostHandlers(state),
    domainListHandlers(state),
    domainInfoHandlers(state),
    domainLifecycleHandlers(state),
    domainDefineHandlers(state),
    domainSaveHandlers(state),
    domainMemoryHandlers(state),
    domainVcpuHandlers(state),
    domainIothreadHandlers(state),
    domainTuningHandlers(state),
    domainStatsHandlers(state),
    domainGuestHandlers(state),
    snapshotHandlers(state),
    checkpointHandlers(state),
    networkHandlers(state),
    interfaceHandlers(state),
    storagePoolHandlers(state),
    storageVolumeHandlers(state),
    nodeDeviceHandlers(state),
  ]));
}
