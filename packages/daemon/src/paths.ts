// Where a daemon keeps its sockets, pid file, configuration and log: fixed places for root, XDG directories for others.
import { homedir } from 'node:os';

/** Places of one daemon, all absolute. */
export interface DaemonPaths {
  /** True for the daemon of the host, false for that of one user. */
  readonly privileged: boolean;
  /** Directory of the sockets, unless `unix_sock_dir` names another. */
  readonly socketDirectory: string;
  readonly pidFile: string;
  readonly configFile: string;
  /** Users of SASL with their keys, unless Cyrus's configuration names another file. */
  readonly passwordFile: string;
  /** Access rules, unless `access_rules_file` names another file. */
  readonly accessRulesFile: string;
  /** Log of a daemon in the background. */
  readonly logFile: string;
}

/** Paths of the sockets inside a directory. */
export interface SocketPaths {
  readonly readWrite: string;
  /** Null for the daemon of one user, who may always write. */
  readonly readOnly: string | null;
  readonly admin: string;
}

/**
 * Finds the places for a user.
 *
 * @param uid 0 gives the system's places; null (no users on this system) counts as a user
 */
export function daemonPaths(
  uid: number | null = process.getuid?.() ?? null,
  env: Readonly<Record<string, string | undefined>> = process.env,
): DaemonPaths {
  if (uid === 0) {
    return {
      privileged: true,
      socketDirectory: '/run/libvirt',
      pidFile: '/run/virtwired.pid',
      configFile: '/etc/libvirt/libvirtd.conf',
      passwordFile: '/etc/libvirt/virtwired.passwd',
      accessRulesFile: '/etc/libvirt/virtwired-access.yaml',
      logFile: '/var/log/libvirt/virtwired.log',
    };
  }
  const cache = absolute(env['XDG_CACHE_HOME']) ?? `${homedir()}/.cache`;
  const config = absolute(env['XDG_CONFIG_HOME']) ?? `${homedir()}/.config`;
  // g_get_user_runtime_dir: the cache directory stands in where the session has no runtime directory.
  const runtime = absolute(env['XDG_RUNTIME_DIR']) ?? cache;
  return {
    privileged: false,
    socketDirectory: `${runtime}/libvirt`,
    pidFile: `${runtime}/libvirt/virtwired.pid`,
    configFile: `${config}/libvirt/libvirtd.conf`,
    passwordFile: `${config}/libvirt/virtwired.passwd`,
    accessRulesFile: `${config}/libvirt/virtwired-access.yaml`,
    logFile: `${cache}/libvirt/virtwired.log`,
  };
}

/** The sockets in a directory; the names are libvirtd's, so that its clients find them. */
export function socketPaths(directory: string, privileged: boolean): SocketPaths {
  return {
    readWrite: `${directory}/libvirt-sock`,
    readOnly: privileged ? `${directory}/libvirt-sock-ro` : null,
    admin: `${directory}/libvirt-admin-sock`,
  };
}

function absolute(path: string | undefined): string | null {
  return path?.startsWith('/') ? path : null;
}
