// What the checks look at, gathered once: which files count, what is in them, the daemon's settings, the authority if it is here.
import { type KeyObject } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { type CertificateFacts, certificatesOf, type RevocationList, revocationListsOf } from '@virtwire/rpc/tls';
import { type Authority, authorityFiles, readAuthority } from '../authority.ts';
import type { Context } from '../context.ts';
import { systemText } from '../failure.ts';
import type { MachineFacts } from '../machine.ts';
import { flatPlaces, globalPlaces, userFolder } from '../places.ts';
import { isEncryptedKey, readPrivateKey } from '../private-key.ts';
import { type DaemonSettings, readDaemonSettings } from './daemon-settings.ts';

/** A file as the checks see it. */
export interface SeenFile {
  readonly path: string;
  /** Null when it is not there. */
  readonly stats: {
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    readonly isFile: boolean;
  } | null;
  /** Its text; null when it is not there or cannot be read. */
  readonly text: string | null;
  /** Why it cannot be read, in the system's words; null when it can. */
  readonly unreadable: string | null;
}

/** A file with certificates. */
export interface SeenCertificate extends SeenFile {
  /** The first one; null when there is none that can be read. */
  readonly facts: CertificateFacts | null;
}

/** A file with a private key. */
export interface SeenKey extends SeenFile {
  readonly key: KeyObject | null;
  readonly encrypted: boolean;
}

/** A file with a revocation list. */
export interface SeenList extends SeenFile {
  readonly lists: readonly RevocationList[] | null;
}

/** Certificate and key of one role. */
export interface SeenPair {
  readonly role: 'server' | 'client';
  readonly certificate: SeenCertificate;
  readonly key: SeenKey;
  /** True when it lies in a user's own folder, or one that was named, not at the machine's places. */
  readonly own: boolean;
}

/** Everything that is looked at. */
export interface Surroundings {
  readonly context: Context;
  readonly machine: MachineFacts;
  /** Names that clients use for this machine, those that were given to the command. */
  readonly hosts: readonly string[];
  /** Days before its end at which a certificate is worth a warning. */
  readonly warnDays: number;
  readonly ca: SeenCertificate;
  readonly revocationList: SeenList;
  /** Roles that are checked. */
  readonly pairs: readonly SeenPair[];
  /** True when only a folder of a client (pkipath, or a user's own) is checked. */
  readonly clientFolder: string | null;
  /** Null when there is no configuration file of a daemon, or none is looked at. */
  readonly daemon: DaemonSettings | null;
  /** The authority of this machine; null when it is elsewhere. */
  readonly authority: Authority | null;
}

/** What is asked for. */
export interface CheckOptions {
  readonly roles: readonly ('server' | 'client')[] | null;
  readonly hosts: readonly string[];
  readonly warnDays: number;
  readonly conf: string | null;
  readonly pkipath: string | null;
}

/** Looks at everything. */
export async function lookAround(context: Context, options: CheckOptions): Promise<Surroundings> {
  const { pkipath } = options;
  const machine = await context.machine.facts();
  const daemon = pkipath === null ? readDaemonSettings(options.conf) : null;
  const global = globalPlaces;
  const user = context.uid === 0 ? null : userFolder(context.home);
  const ownFolder = pkipath ?? user;
  const own = ownFolder === null ? null : flatPlaces(ownFolder);
  const either = (mine: string | undefined, everybodys: string) =>
    mine !== undefined && (pkipath !== null || existsSync(mine)) ? mine : everybodys;
  // Certificate and key count only together in a user's own folder (virNetTLSContextLocateCredentials).
  const clientIsOwn =
    own !== null && (pkipath !== null || (existsSync(own.clientCertificate) && existsSync(own.clientKey)));
  const client = clientIsOwn ? own : global;
  const pairs: SeenPair[] = [
    {
      role: 'server',
      certificate: seeCertificate(daemon?.certificate ?? global.serverCertificate),
      key: seeKey(daemon?.key ?? global.serverKey),
      own: false,
    },
    {
      role: 'client',
      certificate: seeCertificate(client.clientCertificate),
      key: seeKey(client.clientKey),
      own: clientIsOwn,
    },
  ];
  return {
    context,
    machine,
    hosts: options.hosts,
    warnDays: options.warnDays,
    ca: seeCertificate(either(own?.caCertificate, daemon?.ca ?? global.caCertificate)),
    revocationList: seeList(either(own?.revocationList, daemon?.revocationList ?? global.revocationList)),
    pairs: pairs.filter(({ role, certificate, key }) => {
      if (role === 'server' && (pkipath !== null || context.uid !== 0)) return false;
      if (options.roles !== null) return options.roles.includes(role);
      return certificate.stats !== null || key.stats !== null;
    }),
    clientFolder: ownFolder,
    daemon: context.uid === 0 ? daemon : null,
    authority: existsSync(authorityFiles(context.folder).certificate) ? authorityOrNull(context) : null,
  };
}

/** Reads a file with certificates. */
export function seeCertificate(path: string): SeenCertificate {
  const file = see(path);
  return { ...file, facts: file.text === null ? null : tryTo(() => certificatesOf(file.text as string)[0] ?? null) };
}

/** Reads a file with a private key. */
export function seeKey(path: string): SeenKey {
  const file = see(path);
  const encrypted = file.text !== null && isEncryptedKey(file.text);
  const key = file.text === null || encrypted ? null : tryTo(() => readPrivateKey(file.text as string, path));
  return { ...file, key, encrypted };
}

function seeList(path: string): SeenList {
  const file = see(path);
  return { ...file, lists: file.text === null ? null : tryTo(() => revocationListsOf(file.text as string)) };
}

function see(path: string): SeenFile {
  let stats: SeenFile['stats'] = null;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined) {
      const { mode, uid, gid } = found;
      stats = { mode: mode & 0o7777, uid, gid, isFile: found.isFile() };
    } else if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
      return { path, stats, text: null, unreadable: 'The link leads nowhere' };
    }
  } catch (thrown) {
    // Below a file, there is nothing; behind a directory that may not be entered, or in a ring of links, there may be.
    const nothing = (thrown as NodeJS.ErrnoException).code === 'ENOTDIR';
    return { path, stats: null, text: null, unreadable: nothing ? null : systemText(thrown) };
  }
  if (stats === null) return { path, stats, text: null, unreadable: null };
  if (!stats.isFile) return { path, stats, text: null, unreadable: 'It is no file' };
  try {
    return { path, stats, text: readFileSync(path, 'utf8'), unreadable: null };
  } catch (thrown) {
    return { path, stats, text: null, unreadable: systemText(thrown) };
  }
}

// An authority that cannot be read mends nothing; its own commands say why.
function authorityOrNull(context: Context): Authority | null {
  return tryTo(() => readAuthority(context));
}

function tryTo<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}
