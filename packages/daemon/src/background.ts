// Running in the background: a detached copy of this process, whose success or failure becomes the parent's exit code.
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { ExitCode, exitText } from './exit-code.ts';

// Tells the copy which descriptor its report goes to.
const REPORT_VARIABLE = 'VIRTWIRED_REPORT_FD';
const REPORT_FD = 3;

/** Starts the copy and waits for its report. @param log where to look when it fails, in words. @returns the exit code of the parent */
export async function startInBackground(log: string): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...process.env, [REPORT_VARIABLE]: String(REPORT_FD) },
  });
  const report = child.stdio[REPORT_FD];
  let text = '';
  report?.on('data', (chunk: Uint8Array) => {
    text += new TextDecoder().decode(chunk);
  });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    report?.once('close', resolve);
  });
  child.unref();
  const code = /^[0-9]+$/.test(text) ? Number(text) : -1;
  if (code === ExitCode.Ok) return 0;
  process.stderr.write(`virtwired: error: ${exitText(code)}. Check ${log} or run without --daemon for more info.\n`);
  return 1;
}

/** How a background daemon reports to the process that started it; null in a daemon in the foreground. */
export function backgroundReport(): ((code: number) => void) | null {
  const fd = process.env[REPORT_VARIABLE];
  if (fd !== String(REPORT_FD)) return null;
  delete process.env[REPORT_VARIABLE];
  let open = true;
  return (code) => {
    if (!open) return;
    open = false;
    writeSync(REPORT_FD, String(code));
    closeSync(REPORT_FD);
  };
}
