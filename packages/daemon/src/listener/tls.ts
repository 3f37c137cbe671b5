// TLS before the protocol: which files, and what clients must show.
import { existsSync } from 'node:fs';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { fromOpensslSpelling } from '@virtwire/rpc/node';
import type { TlsFiles, TlsListener, TlsVerdict } from '@virtwire/rpc/tls';
import { isAllowedAddress } from '../address-list.ts';
import type { DaemonConfig } from '../config-rows.ts';
import type { Log } from '../log.ts';
import { addressOf } from './accept.ts';

/** What TLS depends on besides the configuration. */
export interface TlsSituation {
  /** Folder of the user, null for the daemon of the host. */
  readonly home: string | null;
  readonly log: Log;
  /** Told what became of connections. */
  judged?(verdict: TlsVerdict): void;
}

/**
 * Reads and checks the certificates, and makes what every TLS connection passes.
 *
 * @throws LibvirtError in libvirt's words when the daemon must not start with them
 */
export async function tlsProtection(config: DaemonConfig, situation: TlsSituation): Promise<TlsListener> {
  const { home, log } = situation;
  // Only here, so that a daemon without TLS does not load it.
  const { tlsListener } = await import('@virtwire/rpc/tls');
  if (config.crl_file && !existsSync(config.crl_file)) {
    // As in libvirtd that is no reason to stop, but it is one to speak.
    log.warning('tls', `The certificate revocation list ${config.crl_file} is not there: nobody counts as revoked`);
  }
  const listener = tlsListener({
    files: await tlsFiles(config, home),
    priority: config.tls_priority || null,
    sanity: !config.tls_no_sanity_certificate,
    verify: !config.tls_no_verify_certificate,
    // Asked for each client, as it may change while the daemon runs.
    get allowedNames() {
      return understood(config.tls_allowed_dn_list);
    },
    maxHandshakes: config.max_anonymous_clients,
    maxWaiting: config.max_queued_clients,
    judged: (verdict) => situation.judged?.(verdict),
    log: (level, text) => log[level]('tls', text),
  });
  return {
    accept(socket, admit) {
      const { remoteAddress = '' } = socket;
      if (config.tls_no_verify_address || isAllowedAddress(config.tls_allowed_ip_list, remoteAddress)) {
        listener.accept(socket, admit);
        return;
      }
      // Before the handshake, which costs more than the answer is worth.
      const refusal = "Client's address is not on the list of allowed clients (tls_allowed_ip_list)";
      const address = addressOf(socket);
      log.error('tls', `client ${address} refused: ${refusal}`);
      situation.judged?.({ address, name: null, refusal });
      socket.destroy();
    },
    reload: (files) => listener.reload(files),
    close: () => listener.close(),
  };
}

const understoodLists = new WeakMap<readonly string[], readonly string[]>();

// Names in the spelling of openssl count as well; reading the configuration has warned of them.
function understood(patterns: readonly string[] | null): readonly string[] | null {
  if (patterns === null) return null;
  let list = understoodLists.get(patterns);
  if (list === undefined) {
    list = patterns.map((pattern) => fromOpensslSpelling(pattern) ?? pattern);
    understoodLists.set(patterns, list);
  }
  return list;
}

/** The files of TLS that the configuration asks for. @throws LibvirtError `ConfigUnsupported` when it names some of them only */
export async function tlsFiles(config: DaemonConfig, home: string | null): Promise<TlsFiles> {
  const named = namedFiles(config);
  if (named !== null) return named;
  const { locateTlsFiles } = await import('@virtwire/rpc/tls');
  const usual = locateTlsFiles('server', { pkipath: null, home });
  return config.crl_file ? { ...usual, crl: config.crl_file } : usual;
}

// Whoever names one file names all. Null: none is named.
function namedFiles({ ca_file: ca, cert_file: cert, key_file: key, crl_file: crl }: DaemonConfig): TlsFiles | null {
  if (!ca && !cert && !key) return null;
  if (!ca) throw incomplete('No CA certificate path set to match server key/cert');
  if (!cert) throw incomplete('No server certificate path set to match server key');
  if (!key) throw incomplete('No server key path set to match server cert');
  return { ca, cert, key, crl: crl || null };
}

function incomplete(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.ConfigUnsupported, detail);
}
