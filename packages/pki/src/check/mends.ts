// Mends: lines for a shell that put a fault right. They work where they are printed, as they stand.
import { matchesHostName } from '@virtwire/rpc/tls';
import { hostNames } from '../subject.ts';
import { type Issued, isIssuedBy } from '../authority.ts';
import { shellWord } from '../context.ts';
import { type DaemonSettings, linesOf } from './daemon-settings.ts';
import type { SeenPair, Surroundings } from './surroundings.ts';

/** Puts the authority's certificate in place, once more. */
export function installCa({ authority, context, clientFolder }: Surroundings): string[] {
  if (clientFolder !== null && context.uid === 0) return folderMend(clientFolder);
  if (authority !== null) return [`virtwire-pki install --ca-only --force${context.folderOption}`];
  return elsewhere('virtwire-pki install --ca-only --force');
}

/** Makes the authority's certificate last again. */
export function renewCa(surroundings: Surroundings): string[] {
  const { authority, context } = surroundings;
  if (authority === null) return elsewhere('virtwire-pki ca renew && virtwire-pki install --ca-only --force');
  const fine = authority.certificate.notAfter > context.now && authority.certificate.notBefore <= context.now;
  const [install = ''] = installCa(surroundings);
  return [fine ? install : `virtwire-pki ca renew${context.folderOption} && ${install}`];
}

/** Puts a good certificate of the authority in place: the one that it has, or else a new one. */
export function replacePair(surroundings: Surroundings, { role, certificate }: SeenPair): string[] {
  const { authority, context, machine, hosts, clientFolder } = surroundings;
  const option = context.folderOption;
  if (authority === null) {
    const host = shellWord(hosts[0] ?? machine.hostname);
    return elsewhere(
      role === 'server'
        ? `virtwire-pki server issue --remote root@${host} --force && virtwire-pki install --server ${host} --force`
        : `virtwire-pki client issue NAME && virtwire-pki install --client NAME --force`,
    );
  }
  if (clientFolder !== null && context.uid === 0) return folderMend(clientFolder);
  const good = authority.issued.findLast((each) => each.kind === role && isUsable(surroundings, each));
  if (good !== undefined && good.serial !== certificate.facts?.serial) {
    return [`virtwire-pki install --${role} ${shellWord(good.name)} --force${option}`];
  }
  const common = certificate.facts?.commonNames[0];
  const name = role === 'server' ? (hosts[0] ?? machine.hostname) : (common ?? machine.hostname);
  const words = role === 'server' ? hosts : [name];
  const known = authority.issued.some((each) => each.kind === role && each.name === name);
  const issue = ['virtwire-pki', role, 'issue', ...words.map(shellWord), ...(known ? ['--force'] : [])].join(' ');
  return [`${issue}${option} && virtwire-pki install --${role} ${shellWord(name)} --force${option}`];
}

/** Puts the pair that is in place there once more, when the authority has it; otherwise another one. */
export function restorePair(surroundings: Surroundings, pair: SeenPair): string[] {
  const { authority, context, clientFolder } = surroundings;
  const serial = pair.certificate.facts?.serial;
  const same = authority?.issued.find((each) => each.serial === serial && each.current && isUsable(surroundings, each));
  if (same === undefined || (clientFolder !== null && context.uid === 0)) return replacePair(surroundings, pair);
  return [`virtwire-pki install --${pair.role} ${shellWord(same.name)} --force${context.folderOption}`];
}

/** Puts a new revocation list in place. */
export function renewList({ authority, context }: Surroundings): string[] {
  const option = context.folderOption;
  if (authority === null) return elsewhere('virtwire-pki crl && virtwire-pki install --crl --force');
  return [`virtwire-pki crl${option} && virtwire-pki install --crl --force${option}`];
}

/** Changes the mode of a file or directory. */
export function chmod(mode: string, path: string): string[] {
  return [`chmod ${mode} ${shellWord(path)}`];
}

/** Changes the owner of a file or directory. */
export function chown(owner: string, path: string): string[] {
  return [`chown ${owner} ${shellWord(path)}`];
}

/** Turns lines of a configuration file into remarks, and adds others at its end; the first of two equal settings counts. */
export function changeSetting(settings: DaemonSettings, names: readonly string[], added: readonly string[]): string[] {
  const path = shellWord(settings.path);
  const edits = names.flatMap((name) => {
    const lines = linesOf(settings, name);
    return lines === null ? [] : [`-e '${lines[0]},${lines[1]}s/^/#/'`];
  });
  const remove = edits.length > 0 ? `sed -i ${edits.join(' ')} ${path}` : null;
  const add = added.length > 0 ? `printf '\\n%s\\n' ${added.map(shellWord).join(' ')} >> ${path}` : null;
  return [[remove, add].filter((part) => part !== null).join(' && ')];
}

/** A text as a string of a configuration file. */
export function confString(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}

// A certificate that would pass for what it is meant for, here and now.
function isUsable({ authority, machine, hosts, context }: Surroundings, each: Issued): boolean {
  const { facts, current, revocation, kind } = each;
  if (authority === null || !current || revocation !== null || !isIssuedBy(facts, authority.certificate)) return false;
  if (facts.notAfter <= context.now || facts.notBefore > context.now) return false;
  if (kind === 'client') return true;
  return hosts.length > 0
    ? hosts.every((host) => matchesHostName(facts, host))
    : machine.names.some((name) => isHostName(name) && matchesHostName(facts, name));
}

function isHostName(name: string): boolean {
  try {
    hostNames([name]);
    return true;
  } catch {
    return false;
  }
}

function folderMend(folder: string): string[] {
  return [`# make the folder anew where the authority is: virtwire-pki bundle NAME ${shellWord(folder)} --force`];
}

/** A mend that can only be done where the authority is. */
export function elsewhere(command: string): string[] {
  return [`# where the authority is: ${command.replaceAll(' --force', ' --force --remote root@THIS-HOST')}`];
}
