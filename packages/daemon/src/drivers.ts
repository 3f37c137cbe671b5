// The drivers of the daemon, each loaded when its scheme is opened for the first time.
import { hostname } from 'node:os';
import { driverRegistry, type DriverRegistry, type ProbingDriverFactory } from '@virtwire/drivers';
import type { DriverFactory } from '@virtwire/protocol';
import type { Log } from './log.ts';

/** All drivers that are built in. Their state is shared by all clients of the registry. */
export function builtInDrivers(log: Log): DriverRegistry {
  return driverRegistry([
    lazyDriver('test', async () => {
      const { testDriver } = await import('@virtwire/drivers/test');
      const files = () => import('./inventory-files.ts');
      return testDriver({
        readFile: async (path) => (await files()).readInventory(path),
        writeFile: async (path, content) => (await files()).writeWhole(path, content),
        hostname,
      });
    }),
    lazyDriver('storage', async () => {
      const { storageDriver } = await import('@virtwire/drivers/storage');
      return storageDriver({
        log: { warn: (text) => log.warning('storage', text), error: (text) => log.error('storage', text) },
      });
    }),
  ]);
}

/** A factory that is loaded when it is first used; from then on it answers as fast as itself. */
export function lazyDriver(scheme: string, load: () => Promise<DriverFactory>): ProbingDriverFactory {
  let factory: DriverFactory | undefined;
  let loading: Promise<DriverFactory> | undefined;
  return {
    scheme,
    open(uri, context) {
      if (factory !== undefined) return factory.open(uri, context);
      loading ??= load().then(
        (loaded) => {
          factory = loaded;
          return loaded;
        },
        (error: unknown) => {
          loading = undefined;
          throw error;
        },
      );
      return loading.then((loaded) => loaded.open(uri, context));
    },
  };
}
