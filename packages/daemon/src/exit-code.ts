// Exit codes of the daemon, libvirtd's own, and what a parent in the foreground says of them.

/** Why the daemon ended (`virDaemonErr`). */
export const ExitCode = {
  Ok: 0,
  /** Wrong option, configuration or pid file. */
  PidFile: 1,
  /** The directory of the sockets cannot be made. */
  RunDirectory: 2,
  Init: 3,
  Network: 6,
  /** audit_level = 2, and the host has no auditing. */
  Audit: 10,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const texts: Readonly<Record<number, string>> = {
  [ExitCode.PidFile]: 'Unable to obtain pidfile',
  [ExitCode.RunDirectory]: 'Unable to create rundir',
  [ExitCode.Init]: 'Unable to initialize libvirt',
  [ExitCode.Network]: 'Unable to initialize network sockets',
  [ExitCode.Audit]: 'Unable to initialize audit system',
};

/** What went wrong in a background daemon that ended with this code. */
export function exitText(code: number): string {
  return texts[code] ?? 'Unknown error code';
}
