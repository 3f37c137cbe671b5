// Checks of the daemon's configuration file: what it says about certificates, and whom it lets in.
import { matchesGlob } from '@virtwire/rpc/node';
import { globalPlaces } from '../places.ts';
import { changeSetting, confString, renewList } from './mends.ts';
import type { DaemonSettings } from './daemon-settings.ts';
import { type Finding, fault, warning } from './finding.ts';
import type { Surroundings } from './surroundings.ts';

/** Everything that the file says. */
export function checkSettings(surroundings: Surroundings): Finding[] {
  const { daemon: settings, pairs } = surroundings;
  if (settings === null || !pairs.some(({ role }) => role === 'server')) return [];
  const { path, broken, wrong } = settings;
  if (broken !== null) {
    const mend =
      broken.line === null
        ? [`chmod 0600 ${path}`]
        : [`sed -i '${broken.line}s/^/#/' ${path}   # or put the line right`];
    return [fault('conf-broken', path, `cannot be understood: ${broken.text}`, mend)];
  }
  return [
    ...wrong.map(({ name, text }) =>
      fault('conf-value', `${path}: ${name}`, text, changeSetting(settings, [name], [])),
    ),
    ...checkFiles(surroundings, settings),
    ...checkSwitches(settings),
    ...checkAllowedNames(surroundings, settings),
  ];
}

const fileSettings = ['ca_file', 'cert_file', 'key_file'] as const;

function checkFiles(surroundings: Surroundings, settings: DaemonSettings): Finding[] {
  const { path, ca, certificate, key, revocationList } = settings;
  const values = { ca_file: ca, cert_file: certificate, key_file: key };
  const usual = {
    ca_file: globalPlaces.caCertificate,
    cert_file: globalPlaces.serverCertificate,
    key_file: globalPlaces.serverKey,
  };
  const missing = fileSettings.filter((name) => values[name] === null);
  const lines = missing.map((name) => `${name} = ${confString(usual[name])}`);
  if (missing.length > 0 && missing.length < fileSettings.length) {
    const text = `${missing.join(' and ')} must be set, too: the daemon wants all three or none, and does not start`;
    return [fault('conf-incomplete', path, text, changeSetting(settings, missing, lines))];
  }
  const found: Finding[] = [];
  const absent = fileSettings.filter(
    (name) => values[name] !== null && values[name] !== usual[name] && !isThere(surroundings, values[name]),
  );
  if (absent.length > 0) {
    const text = `names files that are not there (${absent.map((name) => values[name]).join(', ')}); without ${fileSettings.join(', ')} the usual ones count`;
    found.push(
      fault('conf-file-missing', `${path}: ${absent.join(', ')}`, text, changeSetting(settings, fileSettings, [])),
    );
  }
  if (revocationList !== null) {
    if (missing.length === fileSettings.length) {
      const text = `crl_file counts for nothing without ${fileSettings.join(', ')}: the daemon reads ${globalPlaces.revocationList} then`;
      found.push(fault('conf-crl-ignored', `${path}: crl_file`, text, changeSetting(settings, [], lines)));
    }
    if (surroundings.revocationList.stats === null) {
      const text = `names a list that is not there (${revocationList}): the daemon goes on without one, and without a word`;
      const mend =
        revocationList === globalPlaces.revocationList
          ? renewList(surroundings)
          : changeSetting(settings, ['crl_file'], []);
      found.push(fault('conf-crl-missing', `${path}: crl_file`, text, mend));
    }
  }
  return found;
}

function checkSwitches(settings: DaemonSettings): Finding[] {
  const { path, listens, verifies, checksItself } = settings;
  const found: Finding[] = [];
  if (listens === false) {
    const text = 'is 0: the daemon does not listen for tls';
    found.push(
      fault('conf-listen', `${path}: listen_tls`, text, changeSetting(settings, ['listen_tls'], ['listen_tls = 1'])),
    );
  }
  if (verifies === false) {
    const name = 'tls_no_verify_certificate';
    const text = 'is 1: the daemon lets in anybody, with any certificate or none';
    found.push(fault('conf-no-verify', `${path}: ${name}`, text, changeSetting(settings, [name], [])));
  }
  if (checksItself === false) {
    const name = 'tls_no_sanity_certificate';
    const text = 'is 1: the daemon does not look at its own certificate when it starts';
    found.push(warning('conf-no-sanity', `${path}: ${name}`, text, changeSetting(settings, [name], [])));
  }
  return found;
}

const LIST = 'tls_allowed_dn_list';

function checkAllowedNames(surroundings: Surroundings, settings: DaemonSettings): Finding[] {
  const { path, allowedNames, verifies } = settings;
  if (allowedNames === null || verifies === false) return [];
  const subject = `${path}: ${LIST}`;
  const client = surroundings.pairs.find(({ role }) => role === 'client')?.certificate.facts?.subject ?? null;
  const known = (surroundings.authority?.issued ?? [])
    .filter(({ kind, current, revocation }) => kind === 'client' && current && revocation === null)
    .map(({ facts }) => facts.subject);
  const rewrite = (names: readonly string[]) =>
    changeSetting(settings, [LIST], [`${LIST} = [ ${names.map(confString).join(', ')} ]`]);
  if (allowedNames.length === 0) {
    const names = [...new Set([...(client === null ? [] : [client]), ...known])];
    const mend = names.length > 0 ? rewrite(names) : changeSetting(settings, [LIST], []);
    return [fault('dn-list-empty', subject, 'is empty: nobody is let in', mend)];
  }
  const found: Finding[] = [];
  const respelled = allowedNames.map(daemonSpelling);
  const misspelled = allowedNames.filter((pattern, index) => respelled[index] !== pattern);
  if (misspelled.length > 0) {
    const text = `has names that are not spelled as the daemon does, and match nobody: ${misspelled.join('; ')}`;
    found.push(fault('dn-spelling', subject, text, rewrite(respelled)));
  }
  const listed = (name: string) => respelled.some((pattern) => matchesGlob(pattern, name));
  if (client !== null && !listed(client)) {
    const text = `does not have this machine's client certificate (${client})`;
    found.push(fault('dn-not-listed', subject, text, rewrite([...respelled, client])));
  }
  const others = known.filter((name) => name !== client && !listed(name));
  if (others.length > 0) {
    const text = `does not have these clients of the authority: ${others.join('; ')}`;
    found.push(warning('dn-others', subject, text, rewrite([...respelled, ...others])));
  }
  return found;
}

/**
 * Respells a name that was copied from openssl or certtool in the spelling that the daemon compares.
 *
 * `C = GB, O = Acme` and `/C=GB/O=Acme` become `C=GB,O=Acme`. What is spelled rightly stays as it is.
 */
export function daemonSpelling(name: string): string {
  const slashes = /^\/(?:[A-Za-z]+=[^/]*\/)*[A-Za-z]+=[^/]*$/.test(name);
  const parts = slashes ? name.slice(1).split('/') : (name.match(/(?:\\.|[^,\\])+/g) ?? []);
  const field = /^\s*([A-Za-z]+|[\d.]+)\s*=\s*(.*?)\s*$/s;
  if (!parts.every((part) => field.test(part))) return name;
  const respelled = parts.map((part) => {
    const [, type = '', value = ''] = field.exec(part) ?? [];
    return `${type === 'emailAddress' ? 'EMAIL' : type}=${value}`;
  });
  return respelled.join(',');
}

function isThere({ ca, pairs }: Surroundings, path: string): boolean {
  const files = [ca, ...pairs.flatMap(({ certificate, key }) => [certificate, key])];
  return files.find((file) => file.path === path)?.stats !== null;
}
