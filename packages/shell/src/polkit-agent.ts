// polkit's own agent for terminals, so that a user without a desktop can be asked for a password.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync } from 'node:fs';

const AGENT = '/usr/bin/pkttyagent';

/** A running agent. */
export interface PolkitAgent {
  stop(): void;
}

/**
 * Starts the agent for this process and waits until polkit knows it.
 *
 * @returns null where there is no agent, or no terminal on which it could ask
 * @see virPolkitAgentCreate
 */
export async function startPolkitAgent(path = AGENT): Promise<PolkitAgent | null> {
  if (!canAsk(path)) return null;
  const child = spawn(path, ['--process', `${process.pid}`, '--notify-fd', '3', '--fallback'], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  await registered(child);
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return null;
  return { stop: () => void child.kill() };
}

function canAsk(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    closeSync(openSync('/dev/tty', 'r+'));
    return true;
  } catch {
    return false;
  }
}

// It closes this descriptor once it has registered; when it ends, that is closed, too.
function registered(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const notify = child.stdio[3];
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
    if (notify === null || notify === undefined) return;
    notify.once('close', () => resolve());
    notify.once('error', () => resolve());
    if ('resume' in notify) notify.resume();
  });
}
