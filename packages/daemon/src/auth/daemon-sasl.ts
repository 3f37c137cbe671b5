// SASL as the configuration asks for it: Cyrus's settings, and both stores of users.
import type { DaemonConfig } from '../config-rows.ts';
import type { Log } from '../log.ts';
import type { DaemonPaths } from '../paths.ts';
import { passwordFileStore } from './password-file.ts';
import { type SaslAuthority, saslAuthority } from './sasl.ts';
import { readSaslConfig } from './sasl-config.ts';
import { sasldb } from './sasldb.ts';

/** Makes it. @throws LibvirtError `AuthFailed` when its configuration cannot be used */
export function daemonSasl(
  config: DaemonConfig,
  { paths, log }: { readonly paths: DaemonPaths; readonly log: Log },
): SaslAuthority {
  const sasl = readSaslConfig();
  for (const warning of sasl.warnings) log.warning('sasl', warning);
  const own = passwordFileStore(sasl.passwordFile ?? paths.passwordFile);
  return saslAuthority({
    config: sasl,
    stores: [own, sasldb(sasl.sasldbPath)],
    // Asked for each client, as it may change while the daemon runs.
    get allowedUsers() {
      return config.sasl_allowed_username_list;
    },
    tcpMinSsf: config.tcp_min_ssf,
    decoySecret: own.decoySecret,
  });
}
