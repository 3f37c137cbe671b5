// The test driver inside this process, with the files and the name of this host.
import { open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { testDriver } from '@virtwire/drivers/test';

/** Makes the test driver; one for the process, so that a connection that is opened anew finds a driver of the same kind. */
export function makeTestDriver(): ReturnType<typeof testDriver> {
  return testDriver({ readFile: (path) => readFile(path), writeFile: writeWhole, hostname });
}

// The file holds memory of a domain: only its owner may read it, and it is there whole or not at all.
async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
