// The files that the test driver reads and writes for its clients.
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';

/** Longest inventory of the test driver that is read, in bytes. */
const MAX_INVENTORY_BYTES = 67_108_864;

/**
 * Reads an inventory that a client names. Pipes and devices, which may have no end, are not read, nor waited for.
 *
 * @throws an error of the system, or Error for what is not to be read
 */
export async function readInventory(path: string): Promise<Uint8Array> {
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

/**
 * Writes a file: the old one or the new one is there, never a part of it; readable by its owner alone from the start.
 *
 * @throws LibvirtError `SystemError`
 */
export async function writeWhole(path: string, content: Uint8Array): Promise<void> {
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
