// The drivers of the daemon, each loaded when its scheme is opened for the first time.
import { driverRegistry, type DriverRegistry, type ProbingDriverFactory } from '@virtwire/drivers';
import type { DriverFactory } from '@virtwire/protocol';

/** All drivers that are built in. Their state is shared by all clients of the registry. */
export function builtInDrivers(): DriverRegistry {
  return driverRegistry([
    lazyDriver('test', async () => (await import('@virtwire/drivers/test')).testDriverFactory()),
    lazyDriver('storage', async () => (await import('@virtwire/drivers/storage')).storageDriverFactory()),
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
      loading ??= load();
      return loading.then((loaded) => {
        factory = loaded;
        return loaded.open(uri, context);
      });
    },
  };
}
