// What the daemon's configuration file says about certificates, and where in the file it says so.
import { existsSync, readFileSync } from 'node:fs';
import { type ConfFile, parseConfFile } from '@virtwire/conf/file';
import { LibvirtError } from '@virtwire/rpc/error';
import { systemText } from '../failure.ts';

/** The usual file. */
const CONF = '/etc/libvirt/libvirtd.conf';

/** Settings that count here; null for one that is not set or has another type. */
export interface DaemonSettings {
  readonly path: string;
  readonly text: string;
  /** Null when the file cannot be read or understood. */
  readonly conf: ConfFile | null;
  /** Why it cannot be read or understood, and where. */
  readonly broken: { readonly text: string; readonly line: number | null } | null;
  /** Settings with values of another type, in libvirt's words. */
  readonly wrong: readonly { readonly name: string; readonly text: string }[];
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
  readonly revocationList: string | null;
  readonly listens: boolean | null;
  readonly verifies: boolean | null;
  readonly checksItself: boolean | null;
  /** Patterns of names that are let in; null: everybody with a certificate. */
  readonly allowedNames: readonly string[] | null;
}

/** Reads the settings. @param given another file than the usual one @returns null when there is no file */
export function readDaemonSettings(given: string | null): DaemonSettings | null {
  const path = given ?? CONF;
  if (given === null && !existsSync(path)) return null;
  let text = '';
  let conf: ConfFile | null = null;
  let broken: DaemonSettings['broken'] = null;
  try {
    text = readFileSync(path, 'utf8');
    conf = parseConfFile(text, { path });
  } catch (thrown) {
    const message = thrown instanceof LibvirtError ? thrown.message : systemText(thrown);
    const line = /:(\d+): /.exec(message)?.[1];
    broken = { text: message, line: line === undefined ? null : Number(line) };
  }
  const wrong: { name: string; text: string }[] = [];
  const get = <T>(name: string, read: (file: ConfFile) => T | null): T | null => {
    if (conf === null) return null;
    try {
      return read(conf);
    } catch (thrown) {
      if (!(thrown instanceof LibvirtError)) throw thrown;
      wrong.push({ name, text: thrown.message });
      return null;
    }
  };
  const stringOf = (name: string) => get(name, (file) => file.getString(name)) || null;
  const flag = (name: string) => get(name, (file) => file.getBool(name));
  const ca = stringOf('ca_file');
  const certificate = stringOf('cert_file');
  const key = stringOf('key_file');
  const revocationList = stringOf('crl_file');
  const listens = flag('listen_tls');
  const noVerify = flag('tls_no_verify_certificate');
  const noSanity = flag('tls_no_sanity_certificate');
  const allowedNames = get('tls_allowed_dn_list', (file) => file.getStringList('tls_allowed_dn_list'));
  return {
    path,
    text,
    conf,
    broken,
    wrong,
    ca,
    certificate,
    key,
    revocationList,
    listens,
    verifies: noVerify === null ? null : !noVerify,
    checksItself: noSanity === null ? null : !noSanity,
    allowedNames,
  };
}

/** First and last line of a setting, counted from 1; null when it is not set. */
export function linesOf({ conf, text }: DaemonSettings, name: string): readonly [first: number, last: number] | null {
  const entry = conf?.entries.get(name);
  if (entry === undefined) return null;
  const lines = text.split('\n');
  let depth = 0;
  for (let index = entry.line - 1; index < lines.length; index++) {
    // Strings and remarks may have brackets of their own.
    const bare = (lines[index] as string).replace(/"[^"]*"|'[^']*'|#.*/g, '');
    depth += bare.split('[').length - bare.split(']').length;
    if (depth <= 0) return [entry.line, index + 1];
  }
  return [entry.line, lines.length];
}
