// The log file of `--log`: what is said on standard error, with time and process.
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { UsageError } from './failure.ts';

/** A log file. */
export interface Log {
  write(level: 'DEBUG' | 'INFO' | 'NOTICE' | 'WARNING' | 'ERROR', text: string): void;
}

/** Opens a log file for appending. @throws UsageError when it cannot be written */
export function openLog(path: string, programName: string): Log {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    throw new UsageError('failed to open the log file. check the log file path');
  }
  return {
    write(level, text) {
      const now = new Date();
      const two = (value: number) => String(value).padStart(2, '0');
      const date = `${now.getFullYear()}.${two(now.getMonth() + 1)}.${two(now.getDate())}`;
      const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
      appendFileSync(path, `[${date} ${time} ${programName} ${process.pid}] ${level} ${text.replace(/\n+$/, '')}\n`);
    },
  };
}
