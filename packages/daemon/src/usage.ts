// The text of --help: options, commands, signals, and the places in use.
import { type DaemonPaths, socketPaths } from './paths.ts';

/** Writes the help text for the places of this user. */
export function usageText(paths: DaemonPaths): string {
  const sockets = socketPaths(paths.socketDirectory, paths.privileged);
  const readOnly = sockets.readOnly === null ? '' : `      ${sockets.readOnly}\n`;
  const tls = usualTlsFiles(paths.privileged);
  return `
Usage:
  virtwired [options]
  virtwired passwd | acl | audit ...

Options:
  -h | --help            Show this help
  -v | --verbose         Log more: informational messages, too
  -d | --daemon          Run in the background
  -l | --listen          Accept connections over TLS, and TCP if listen_tcp is set
  -t | --timeout <secs>  Exit after so many seconds without clients
  -f | --config <file>   Read this configuration file
  -V | --version         Show the version
  -p | --pid-file <file> Write the process id to this file
       --print-config    Show a configuration file with every setting, to start from
       --check-config    Check the configuration; show what counts, where it comes from, and
                         what SIGHUP changes

Commands (each has a --help of its own):
  passwd                 Add, delete and list the users of SASL
  acl                    Check the access rules, and say which rule decides
  audit                  Check that an audit log is whole

Signals:
  SIGHUP                 Read configuration, certificates, lists and access rules again
  SIGTERM, SIGINT        Let calls that are at work end, then exit

virtwired, a libvirt management daemon:

  Default paths:

    Configuration file (unless overridden by -f):
      ${paths.configFile}

    Sockets (unless overridden by unix_sock_dir):
      ${sockets.readWrite}
${readOnly}      ${sockets.admin}

    TLS (unless overridden by ca_file, cert_file and key_file):
      CA certificate: ${tls.ca}
      Server certificate: ${tls.cert}
      Server private key: ${tls.key}

    Access rules (unless overridden by access_rules_file):
      ${paths.accessRulesFile}

    Users of SASL (of virtwired passwd; those of saslpasswd2 count as well):
      ${paths.passwordFile}

    PID file (unless overridden by -p):
      ${paths.pidFile}

    Log in the background (unless there is a journal, or overridden by log_outputs):
      ${paths.logFile}

`;
}

// As locateTlsFiles looks for them, which is not loaded for a help text.
function usualTlsFiles(privileged: boolean): { readonly ca: string; readonly cert: string; readonly key: string } {
  return privileged
    ? {
        ca: '/etc/pki/CA/cacert.pem',
        cert: '/etc/pki/libvirt/servercert.pem',
        key: '/etc/pki/libvirt/private/serverkey.pem',
      }
    : {
        ca: '$HOME/.pki/libvirt/cacert.pem',
        cert: '$HOME/.pki/libvirt/servercert.pem',
        key: '$HOME/.pki/libvirt/serverkey.pem',
      };
}
