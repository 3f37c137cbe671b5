// Lines of the log on standard error or in a file.
import { closeSync, fchmodSync, openSync, writeSync } from 'node:fs';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { escapeControls, levelNames, type LogRecord, type LogWriter } from './record.ts';

/** Writes to standard error. */
export function standardErrorWriter(): LogWriter {
  return { write: (record) => void writeSync(2, logLine(record)), close: () => undefined };
}

/** Writes to the end of a file of mode 0600. @throws LibvirtError `SystemError` when it cannot be opened */
export function fileWriter(path: string): LogWriter {
  const fd = openFile(path);
  return { write: (record) => void writeSync(fd, logLine(record)), close: () => closeSync(fd) };
}

function openFile(path: string): number {
  try {
    const fd = openSync(path, 'a', 0o600);
    // Clients' names and addresses stand in it: an old file that others may read is closed to them.
    fchmodSync(fd, 0o600);
    return fd;
  } catch (error) {
    const text = systemErrorText(error as NodeJS.ErrnoException);
    throw new LibvirtError(ErrorCode.SystemError, `failed to open ${path}: ${text}`, { cause: error });
  }
}

/** One line as libvirt writes it: `2026-01-02 03:04:05.678+0000: 1234: error : text`. */
function logLine({ level, text, time }: LogRecord): string {
  const stamp = time.toISOString().replace('T', ' ').replace('Z', '+0000');
  return `${stamp}: ${process.pid}: ${levelNames[level]} : ${escapeControls(text)}\n`;
}
