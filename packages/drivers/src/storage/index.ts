// The storage driver: pools in directories, kept on disk as libvirt keeps them.
import {
  formatStorageConnectionCapabilities,
  formatStoragePoolCapabilities,
  type StoragePoolType,
} from '@virtwire/conf';
import { type CallContext, type Driver, type DriverFactory, storagePoolEvents } from '@virtwire/protocol';
import { DriverFeature } from '@virtwire/protocol/constants';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { defineDriver, type DriverHandlers, noEvents } from '../define.ts';
import { checkFlags } from './errors.ts';
import { type StorageDriverOptions, storageSettings } from './options.ts';
import { poolLifecycleHandlers, poolQueryHandlers } from './pool-handlers.ts';
import { StorageState } from './storage-state.ts';
import { volumeLifecycleHandlers, volumeQueryHandlers, volumeStreamHandlers } from './volume-handlers.ts';

export type { StorageDriverOptions, StorageLog } from './options.ts';

/** The storage driver of a daemon. */
export interface StorageDriverFactory extends DriverFactory {
  /** Reads what is on disk and starts what starts by itself. Without it, the first connection does. */
  start(): Promise<void>;
}

/** The pool types that are built. */
const backends: readonly StoragePoolType[] = ['dir'];

/**
 * Makes a storage driver: `storage:///system`, or `storage:///session` when it is not privileged.
 *
 * All connections share its pools; their files are those of libvirt, so that either can take over from the other.
 */
export function storageDriver(options: StorageDriverOptions = {}): StorageDriverFactory {
  const settings = storageSettings(options);
  const state = new StorageState(settings);
  const path = settings.privileged ? '/system' : '/session';
  const handlers = [
    connectionHandlers(),
    poolQueryHandlers(state),
    poolLifecycleHandlers(state),
    volumeQueryHandlers(state),
    volumeLifecycleHandlers(state),
    volumeStreamHandlers(state),
  ];
  return {
    scheme: 'storage',
    start: () => state.load(),
    open: async (uri: string, _context: CallContext): Promise<Driver> => {
      checkUri(uri, path);
      await state.load();
      return defineDriver({
        handlers,
        subscribe: (type, filter, listener) => {
          if (!(Object.values(storagePoolEvents) as unknown[]).includes(type)) {
            throw noEvents(type);
          }
          return state.hub.subscribe(type, filter, listener);
        },
      });
    },
  };
}

// storage:///system?no_verify=1 is the same place.
function checkUri(uri: string, expected: string): void {
  const match = /^storage:(?:\/\/([^/?#]*))?([^?#]*)/.exec(uri);
  const path = match?.[2] ?? '';
  if (path === expected) return;
  throw new LibvirtError(ErrorCode.InternalError, `unexpected storage URI path '${path}', try storage://${expected}`);
}

function connectionHandlers(): DriverHandlers {
  return {
    connectGetType: () => ({ type: 'storage' }),
    connectIsSecure: () => ({ secure: 1 }),
    connectSupportsFeature: ({ feature }) => {
      const supported =
        feature === DriverFeature.TypedParamString || feature === DriverFeature.NetworkUpdateHasCorrectOrder;
      return { supported: supported ? 1 : 0 };
    },
    connectGetCapabilities: () => ({ capabilities: formatStorageConnectionCapabilities(backends) }),
    connectGetStoragePoolCapabilities: ({ flags }) => {
      checkFlags(flags, 0, 'storageConnectGetStoragePoolCapabilities');
      return { capabilities: formatStoragePoolCapabilities(backends) };
    },
  };
}
