// The text of --help: the options, and the places in use.
import { type DaemonPaths, socketPaths } from './paths.ts';

/** Writes the help text for the places of this user. */
export function usageText(paths: DaemonPaths): string {
  const sockets = socketPaths(paths.socketDirectory, paths.privileged);
  const readOnly = sockets.readOnly === null ? '' : `      ${sockets.readOnly}\n`;
  return `
Usage:
  virtwired [options]

Options:
  -h | --help            Show this help
  -v | --verbose         Log more: informational messages, too
  -d | --daemon          Run in the background
  -l | --listen          Accept connections over TCP
  -t | --timeout <secs>  Exit after so many seconds without clients
  -f | --config <file>   Read this configuration file
  -V | --version         Show the version
  -p | --pid-file <file> Write the process id to this file
       --print-config    Show every setting with its default
       --check-config    Check the configuration, show what counts and where it comes from

virtwired, a libvirt management daemon:

  Default paths:

    Configuration file (unless overridden by -f):
      ${paths.configFile}

    Sockets (unless overridden by unix_sock_dir):
      ${sockets.readWrite}
${readOnly}
    PID file (unless overridden by -p):
      ${paths.pidFile}

`;
}
