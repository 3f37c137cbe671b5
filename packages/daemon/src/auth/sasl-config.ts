// The configuration of Cyrus SASL for libvirt: /etc/sasl2/libvirt.conf.
import { readFileSync } from 'node:fs';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';

/** What it says; names that are not here are passed over, as Cyrus passes over those of other plugins. */
export interface SaslConfig {
  /** File that was read; null when there is none. */
  readonly path: string | null;
  /** Mechanisms to offer, in capitals; null when the file leaves that open. */
  readonly mechanisms: readonly string[] | null;
  /** Cyrus's database of passwords. */
  readonly sasldbPath: string;
  /** Keytab for GSSAPI; null for the system's. */
  readonly keytab: string | null;
  /** Our own store of users (`virtwired_passwd_path`, which Cyrus passes over); null for its usual place. */
  readonly passwordFile: string | null;
  /** Things worth a line in the log. */
  readonly warnings: readonly string[];
}

const FILE_NAME = 'libvirt.conf';
// What Cyrus's library is built with, and the variable that it asks first.
const FOLDERS = '/etc/sasl2:/etc/sasl:/usr/lib/sasl2:/usr/lib/sasl';
const DEFAULT_SASLDB = '/etc/sasldb2';
const MAX_FILE_BYTES = 1_048_576;

/** Reads the first file that is there. @throws LibvirtError `AuthFailed` in libvirtd's words for one that cannot be used */
export function readSaslConfig(env: Readonly<Record<string, string | undefined>> = process.env): SaslConfig {
  for (const folder of (env['SASL_CONF_PATH'] || FOLDERS).split(':')) {
    const path = `${folder}/${FILE_NAME}`;
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      throw failure(`Failed to open file '${path}': ${systemErrorText(error as NodeJS.ErrnoException)}`, error);
    }
    if (bytes.length > MAX_FILE_BYTES) throw failure(`'${path}' is longer than ${MAX_FILE_BYTES} bytes`);
    return parseSaslConfig(Buffer.from(bytes).toString('utf8'), path);
  }
  return parseSaslConfig('', null);
}

/**
 * Reads a text of lines `name: value`. As in Cyrus, what does not look like that makes the whole file worthless.
 *
 * @throws LibvirtError `AuthFailed` with file and line
 */
export function parseSaslConfig(text: string, path: string | null): SaslConfig {
  const values = new Map<string, string>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([A-Za-z0-9_-]+)\s*:\s*(.*)$/.exec(line);
    const value = match?.[2] ?? '';
    if (match === null || value === '') {
      throw failure(
        `failed to initialize SASL library: -100 (error when parsing configuration file): ${path}:${index + 1}: expecting a name, a colon and a value`,
      );
    }
    values.set((match[1] as string).toLowerCase(), value);
  }
  const warnings: string[] = [];
  const check = values.get('pwcheck_method');
  if (check !== undefined && check !== 'auxprop') {
    warnings.push(
      `${path}: pwcheck_method: ${check} is not built; passwords are looked up in sasldb_path and our own file`,
    );
  }
  const list = values.get('mech_list');
  return {
    path,
    mechanisms:
      list === undefined
        ? null
        : list
            .toUpperCase()
            .split(/[\s,]+/)
            .filter((name) => name !== ''),
    sasldbPath: values.get('sasldb_path') ?? DEFAULT_SASLDB,
    keytab: values.get('keytab') ?? null,
    passwordFile: values.get('virtwired_passwd_path') ?? null,
    warnings,
  };
}

function failure(detail: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.AuthFailed, detail, { domain: ErrorDomain.Rpc, cause });
}
