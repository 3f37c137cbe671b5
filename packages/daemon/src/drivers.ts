// The drivers of the daemon, each loaded when its scheme is opened for the first time.
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { driverRegistry, type DriverRegistry, type ProbingDriverFactory } from '@virtwire/drivers';
import type { DriverFactory } from '@virtwire/protocol';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import type { Log } from './log.ts';

/** All drivers that are built in. Their state is shared by all clients of the registry. */
export function builtInDrivers(log: Log): DriverRegistry {
  return driverRegistry([
    lazyDriver('test', async () => {
      const { testDriver } = await import('@virtwire/drivers/test');
      return testDriver({ readFile, writeFile, hostname });
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

/** Longest inventory of the test driver that is read, in bytes. */
const MAX_INVENTORY_BYTES = 67_108_864;

// A client names these files. Pipes and devices, which may have no end, are not read, nor waited for.
async function readFile(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new Error(`${path} is not a regular file`);
    if (facts.size > MAX_INVENTORY_BYTES) throw new Error(`${path} is longer than ${MAX_INVENTORY_BYTES} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

let written = 0;

// The old file or the new one, never a part of it; readable by its owner alone from the start.
async function writeFile(path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}-${written++}.new`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const text = systemErrorText(error as NodeJS.ErrnoException);
    throw new LibvirtError(ErrorCode.SystemError, `cannot write '${path}': ${text}`, { cause: error });
  }
}
