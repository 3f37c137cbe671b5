// Reads the files that commands are given, with libvirt's texts for what goes wrong.
import { readFile, stat } from 'node:fs/promises';
import { CommandFailure } from './failure.ts';
import { systemErrorText } from './system-error.ts';

// VSH_MAX_XML_FILE
const MAX_XML_BYTES = 10 * 1024 * 1024;

/** Reads a file of XML. @throws CommandFailure when it cannot be read, or is larger than 10 MiB */
export async function readXmlFile(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > MAX_XML_BYTES) throw tooLarge(path);
    bytes = await readFile(path);
  } catch (thrown) {
    if (thrown instanceof CommandFailure) throw thrown;
    const verb = (thrown as NodeJS.ErrnoException).code === 'EISDIR' ? 'read' : 'open';
    throw new CommandFailure(`Failed to ${verb} file '${path}': ${systemErrorText(thrown)}`);
  }
  if (bytes.length > MAX_XML_BYTES) throw tooLarge(path);
  return new TextDecoder().decode(bytes);
}

function tooLarge(path: string): CommandFailure {
  return new CommandFailure(`Failed to read file '${path}': Value too large for defined data type`);
}
