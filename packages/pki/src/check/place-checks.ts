// Checks of directories and files as such: there, readable, not open to those who should not change or read them.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { shellWord } from '../context.ts';
import { JOURNAL, NEW_FILE_PATTERN } from '../file-transaction.ts';
import { globalPlaces } from '../places.ts';
import { modeText } from '../plan.ts';
import { type Finding, fault, warning } from './finding.ts';
import { chmod, chown, installCa, restorePair } from './mends.ts';
import type { SeenFile, SeenPair, Surroundings } from './surroundings.ts';

/** The directories of the machine's places. */
export function checkDirectories(surroundings: Surroundings): Finding[] {
  const { clientFolder, context, pairs } = surroundings;
  if (clientFolder !== null) return checkOwnFolder(clientFolder, context.uid);
  const used = pairs.length > 0;
  const rows: readonly (readonly [path: string, isPrivate: boolean, needed: boolean])[] = [
    ['/etc/pki', false, true],
    [dirname(globalPlaces.caCertificate), false, true],
    [dirname(globalPlaces.serverCertificate), false, used],
    [dirname(globalPlaces.serverKey), true, used],
  ];
  return rows.flatMap(([path, isPrivate, needed]) => checkDirectory(path, isPrivate, needed));
}

function checkDirectory(path: string, isPrivate: boolean, needed: boolean): Finding[] {
  const shown = `${path}/`;
  const mode = isPrivate ? '0700' : '0755';
  const make = `install -d -m ${mode} -o root -g root ${path}`;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    return needed ? [fault('directory-missing', shown, 'is missing', [make])] : [];
  }
  if (!stats.isDirectory()) {
    return [fault('directory-no-directory', shown, 'is no directory', [`mv ${path} ${path}.unused && ${make}`])];
  }
  const found: Finding[] = [];
  if (stats.uid !== 0) found.push(fault('directory-owner', shown, 'should belong to root', chown('root:root', path)));
  if ((stats.mode & 0o022) !== 0) {
    const text = `may be changed by others (mode ${modeText(stats.mode & 0o7777)})`;
    found.push(fault('directory-writable', shown, text, chmod(isPrivate ? '0750' : '0755', path)));
  }
  if (isPrivate) {
    if ((stats.mode & 0o007) !== 0 && (stats.mode & 0o022) === 0) {
      const text = 'may be entered by everybody; the keys in it are protected by their own modes only';
      found.push(warning('private-directory-open', shown, text, chmod('0750', path)));
    }
  } else if ((stats.mode & 0o005) !== 0o005) {
    found.push(
      fault(
        'directory-closed',
        shown,
        'can be read by root alone, so nobody else finds certificates in it',
        chmod('0755', path),
      ),
    );
  }
  return found;
}

function checkOwnFolder(path: string, uid: number): Finding[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || (stats.mode & 0o022) === 0) return [];
  const text = `may be changed by others (mode ${modeText(stats.mode & 0o7777)})`;
  return uid === stats.uid || uid === 0 ? [fault('directory-writable', `${path}/`, text, chmod('go-w', path))] : [];
}

/** The files that everybody may read: they are there, everybody can, nobody else can write them. */
export function checkPublicFiles(surroundings: Surroundings): Finding[] {
  const { ca, revocationList, pairs } = surroundings;
  const found: Finding[] = [];
  if (ca.stats === null && ca.unreadable === null) {
    const text = "is missing: without the authority's certificate nobody is trusted";
    found.push(fault('ca-missing', ca.path, text, firstSteps(surroundings)));
  }
  found.push(
    ...checkPublicFile(surroundings, ca, installCa(surroundings)),
    ...checkPublicFile(surroundings, revocationList, []),
    ...pairs.flatMap((pair) => checkPublicFile(surroundings, pair.certificate, restorePair(surroundings, pair))),
  );
  for (const pair of pairs) found.push(...checkPresence(surroundings, pair));
  return found;
}

// The mend puts the file there once more.
function checkPublicFile({ context }: Surroundings, file: SeenFile, mend: readonly string[]): Finding[] {
  const { path, stats, unreadable } = file;
  if (stats === null) {
    if (unreadable === null) return [];
    return [fault('file-unreadable', path, `cannot be read: ${unreadable}`, deadEnd(path, mend))];
  }
  if (!stats.isFile) return [fault('file-no-file', path, 'is no file', deadEnd(path, mend))];
  const found: Finding[] = [];
  const global = path.startsWith('/etc/');
  if (global && stats.uid !== 0)
    found.push(fault('file-owner', path, 'should belong to root', chown('root:root', path)));
  if ((stats.mode & 0o022) !== 0) {
    const text = `may be changed by others (mode ${modeText(stats.mode)}), who could then let anybody in`;
    found.push(fault('file-writable', path, text, chmod('0644', path)));
  } else if (global && (stats.mode & 0o044) !== 0o044) {
    const text = `can be read by ${context.uid === 0 ? 'root' : 'its owner'} alone (mode ${modeText(stats.mode)}), and has to be readable by everybody`;
    found.push(fault('file-closed', path, text, chmod('0644', path)));
  } else if (unreadable !== null) {
    found.push(fault('file-unreadable', path, `cannot be read: ${unreadable}`, chmod('0644', path)));
  }
  return found;
}

function checkPresence(surroundings: Surroundings, pair: SeenPair): Finding[] {
  const { role, certificate, key } = pair;
  const found: Finding[] = [];
  const missing = (file: SeenFile) => file.stats === null && file.unreadable === null;
  if (missing(certificate)) {
    const text = `is missing: this machine cannot be a ${role}`;
    found.push(fault(`${role}-certificate-missing`, certificate.path, text, restorePair(surroundings, pair)));
  }
  if (missing(key)) {
    const consequence =
      role === 'server' ? 'the daemon does not start' : 'the client shows no certificate, without saying so';
    found.push(fault(`${role}-key-missing`, key.path, `is missing: ${consequence}`, restorePair(surroundings, pair)));
  }
  return found;
}

/** The keys: only their owner reads them. */
export function checkKeyFiles(surroundings: Surroundings): Finding[] {
  return surroundings.pairs.flatMap((pair) => {
    const { role, key, own } = pair;
    const { path, stats, unreadable } = key;
    if (stats === null)
      return unreadable === null
        ? []
        : [
            fault(
              `${role}-key-unreadable`,
              path,
              `cannot be read: ${unreadable}`,
              deadEnd(path, restorePair(surroundings, pair)),
            ),
          ];
    if (!stats.isFile)
      return [fault('file-no-file', path, 'is no file', deadEnd(path, restorePair(surroundings, pair)))];
    const found: Finding[] = [];
    const uid = own ? surroundings.context.uid : 0;
    if (stats.uid !== uid && (own || surroundings.context.uid === 0)) {
      const owner = own ? `${uid}` : 'root:root';
      found.push(fault(`${role}-key-owner`, path, `should belong to ${own ? 'its user' : 'root'}`, chown(owner, path)));
    }
    // A group may share the client's key of a machine; the server's is the daemon's alone.
    const allowed = role === 'client' && !own ? 0o640 : 0o600;
    if ((stats.mode & 0o777 & ~allowed) !== 0) {
      const text = `may be read or changed by others (mode ${modeText(stats.mode)}): whoever has it can pose as this ${role}`;
      found.push(fault(`${role}-key-open`, path, text, chmod(modeText(stats.mode & allowed || 0o600), path)));
    } else if (unreadable !== null || (stats.mode & 0o400) === 0) {
      found.push(
        fault(
          `${role}-key-unreadable`,
          path,
          `cannot be read by its owner (mode ${modeText(stats.mode)})`,
          chmod('0600', path),
        ),
      );
    }
    return found;
  });
}

/** What a run that was cut off left behind. */
export function checkLeftovers({ ca, pairs, context }: Surroundings): Finding[] {
  const files = [ca.path, ...pairs.flatMap(({ certificate, key }) => [certificate.path, key.path])];
  const names = [...new Set(files.map((path) => dirname(path)))].flatMap(namesIn);
  const journals = names.filter((path) => basename(path) === JOURNAL);
  // What is finished leaves nothing behind.
  if (journals.length > 0) {
    const mend = [`virtwire-pki install --ca-only --force${context.folderOption}`];
    const text = 'an installation was cut off between two files; any other one finishes it';
    return journals.map((path) => fault('interrupted', path, text, mend));
  }
  const left = names.filter((path) => NEW_FILE_PATTERN.test(path));
  return left.map((path) =>
    warning('leftover', path, 'was left behind by a run that was cut off', [`rm ${shellWord(path)}`]),
  );
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name));
  } catch {
    // It is not there or not ours to list, which the checks of directories tell.
    return [];
  }
}

/** Old ways of starting the daemon and of closing ports, which virt-pki-validate looks at. */
export function checkSystem({ pairs, context }: Surroundings): Finding[] {
  if (context.uid !== 0 || !pairs.some(({ role }) => role === 'server')) return [];
  const found: Finding[] = [];
  const start = '/etc/sysconfig/libvirtd';
  if (existsSync(start) && !/^LIBVIRTD_ARGS.*--listen/m.test(readFileSync(start, 'utf8'))) {
    const text = 'starts the daemon without --listen, so nobody can reach it over tls';
    found.push(warning('not-listening', start, text, [`echo 'LIBVIRTD_ARGS="--listen"' >> ${start}`]));
  }
  const firewall = '/etc/sysconfig/iptables';
  if (existsSync(firewall) && !/\b16514\b/.test(readFileSync(firewall, 'utf8'))) {
    const rule = '-A INPUT -p tcp -m tcp --dport 16514 -j ACCEPT';
    const edit = `sed -i '0,/^\\(-A\\|COMMIT\\)/s//${rule}\\n\\1/' ${firewall}`;
    found.push(warning('firewall', firewall, 'does not let in connections to port 16514', [edit]));
  }
  return found;
}

function firstSteps(surroundings: Surroundings): string[] {
  const { authority, context } = surroundings;
  if (authority !== null || surroundings.pairs.length > 0 || surroundings.clientFolder !== null)
    return installCa(surroundings);
  const option = context.folderOption;
  return [
    `virtwire-pki ca create${option} && virtwire-pki server issue${option} && virtwire-pki install${option}`,
    '# or, if the authority is elsewhere, there: virtwire-pki install --ca-only --remote root@THIS-HOST',
  ];
}

// What stands there is put aside, and the right file put in its place.
function deadEnd(path: string, mend: readonly string[]): string[] {
  const aside = `mv ${shellWord(path)} ${shellWord(path)}.unused`;
  return [[aside, ...mend].join(mend.some((line) => line.startsWith('#')) ? '\n' : ' && ')];
}
