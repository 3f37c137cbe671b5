// What ends a daemon: signals, time without clients, an administrator, or a fault in itself; and what reloads it.
import { ExitCode } from './exit-code.ts';
import type { Log } from './log.ts';

/** The end of a daemon, before it has come. */
export interface EndOfDaemon {
  /** Resolves with the exit code when the daemon shall end. */
  readonly reached: Promise<number>;
  /** Ends the daemon. */
  reach(code: number): void;
  /** Told when the number of clients changes; without clients the time runs, if one was set. */
  readonly clients: (count: number) => void;
  /** Ends the daemon after so many seconds without clients; 0: never. */
  setTimeout(seconds: number): void;
  /** What SIGHUP does from now on. */
  onReload(reload: () => void): void;
  /** Gives the signals back. */
  forget(): void;
}

const endSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

/** Listens for what ends a daemon. @param timeoutS seconds without clients, 0: never */
export function endOfDaemon(log: Log, timeoutS: number): EndOfDaemon {
  const { promise, resolve: reach } = Promise.withResolvers<number>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told = false;
  let seconds = timeoutS;
  let count = -1;
  let reload = () => log.info('daemon', 'SIGHUP: the daemon is still starting');
  const stop = (signal: NodeJS.Signals) => {
    // Who asks twice does not want to wait for clients.
    if (told) process.exit(ExitCode.Ok);
    told = true;
    log.info('daemon', `ending on ${signal}`);
    reach(ExitCode.Ok);
  };
  const hangup = () => reload();
  const failed = (error: unknown) => {
    log.error('daemon', `internal fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    reach(ExitCode.PidFile);
  };
  const arm = () => {
    clearTimeout(timer);
    if (count !== 0 || seconds === 0) return;
    timer = setTimeout(() => reach(ExitCode.Ok), Math.min(seconds * 1000, 0x7fffffff));
  };
  for (const signal of endSignals) process.on(signal, stop);
  process.on('SIGHUP', hangup);
  process.on('uncaughtException', failed);
  return {
    reached: promise,
    reach,
    clients: (now) => {
      count = now;
      arm();
    },
    setTimeout: (wanted) => {
      seconds = wanted;
      arm();
    },
    onReload: (wanted) => {
      reload = wanted;
    },
    forget: () => {
      clearTimeout(timer);
      for (const signal of endSignals) process.off(signal, stop);
      process.off('SIGHUP', hangup);
      process.off('uncaughtException', failed);
    },
  };
}
