// `virtwired acl`: checks a file of rules, and says which rule decides.
import { readFileSync } from 'node:fs';
import { type AccessObject, type AccessKind, permissions } from '@virtwire/drivers/access';
import type { Identity } from '@virtwire/protocol';
import { toLibvirtError } from '@virtwire/rpc';
import { loadConfig } from '../config.ts';
import { userNames } from '../local-identity.ts';
import { daemonPaths } from '../paths.ts';
import { readRules } from './control.ts';
import { kindNamed, kindWords } from './on.ts';
import { permissionGroups } from './permission-groups.ts';
import { type RuleDecision, rulesPolicy } from './rules-policy.ts';

const USAGE = `Usage: virtwired acl [--config FILE | --rules FILE] explain WHO PERMISSION OBJECT
       virtwired acl [--config FILE | --rules FILE] check
       virtwired acl permissions

Rules count when libvirtd.conf has access_drivers = [ "rules" ]. They are read from the file that is
given, or from access_rules_file. A running daemon reads them again at SIGHUP.

explain says whether WHO may do PERMISSION to OBJECT, and by which rule. Exit code 0: allowed,
1: denied, 2: a fault.
  WHO         user:NAME (with the groups that the user has here), group:NAME, sasl:NAME, x509:DN,
              or several joined by blanks for a client that has more than one of them
  PERMISSION  as in the rules, e.g. start, or domain:start
  OBJECT      KIND NAME [uuid=UUID] [tag=TAG]..., e.g. "domain web-1", "connect",
              "volume images/disk.img"
check reads the rules and tells the first fault. permissions shows what may stand in a rule.

  virtwired acl explain sasl:alice start domain web-1
  virtwired acl explain 'x509:C=GB,O=Acme,CN=op' undefine domain web-1

A file of rules to start from:

  rules:
    - who: group:auditors
      may: view
    - who: [ 'sasl:alice', 'cn:operator*' ]
      may: operate
      on: domain web-*
`;

/** Where the command writes. */
export interface AclStreams {
  readonly output: { write(text: string): unknown };
  readonly error: { write(text: string): unknown };
}

/** Runs the command. @param args what stands behind `acl`. @returns the exit code */
export async function aclCommand(
  args: readonly string[],
  streams: AclStreams = { output: process.stdout, error: process.stderr },
): Promise<number> {
  const words = [...args];
  let configFile: string | null = null;
  let rulesFile: string | null = null;
  while (words[0] === '--config' || words[0] === '-f' || words[0] === '--rules') {
    const [option, value = null] = words.splice(0, 2);
    if (option === '--rules') rulesFile = value;
    else configFile = value;
  }
  const [action, ...rest] = words;
  if (action === '--help' || action === '-h') {
    streams.output.write(USAGE);
    return 0;
  }
  try {
    if (action === 'permissions' && rest.length === 0) {
      streams.output.write(permissionText());
      return 0;
    }
    if (action === 'check' && rest.length === 0) {
      const path = rulesFile ?? configuredRules(configFile);
      const rules = readRules(path);
      streams.output.write(`${path}: ${rules.length} rules\n`);
      return 0;
    }
    const [who, permission, ...object] = rest;
    if (action === 'explain' && who !== undefined && permission !== undefined && object.length > 0) {
      return await explain(
        rulesFile ?? configuredRules(configFile),
        { who, permission, object: object.join(' ') },
        streams,
      );
    }
  } catch (error) {
    streams.error.write(`virtwired: ${error instanceof Error ? toLibvirtError(error).message : String(error)}\n`);
    return 2;
  }
  streams.error.write(USAGE);
  return 2;
}

interface Question {
  readonly who: string;
  readonly permission: string;
  readonly object: string;
}

async function explain(path: string, question: Question, { output }: AclStreams): Promise<number> {
  const identity = await identityNamed(question.who);
  const object = objectNamed(question.object);
  const permission = permissionFor(question.permission, object.kind);
  const policy = rulesPolicy(readRules(path), null);
  const decision = await policy.check({ identity, driver: '', object, permission, purpose: 'call' });
  output.write(decisionText(decision, path));
  return decision.allowed ? 0 : 1;
}

function decisionText({ allowed, rule, by }: RuleDecision, path: string): string {
  const verdict = allowed ? 'allowed' : 'denied';
  if (by === null) return `${verdict}: ${rule} (${path})\n`;
  const { who, may, on } = by.words;
  const verb = by.allows ? 'may' : 'may-not';
  return `${verdict}: ${rule}\n  who: ${who.join(', ')}\n  ${verb}: ${may.join(', ')}\n  on: ${on.join(', ')}\n`;
}

function configuredRules(configFile: string | null): string {
  const paths = daemonPaths();
  const path = configFile ?? paths.configFile;
  let text: Uint8Array;
  try {
    text = readFileSync(path);
  } catch (error) {
    if (configFile !== null || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    text = new Uint8Array(0);
  }
  return loadConfig(text, { path, listen: false }).config.access_rules_file ?? paths.accessRulesFile;
}

async function identityNamed(text: string): Promise<Identity> {
  // A distinguished name may hold blanks: only a blank before the next kind ends it.
  const parts = text.trim().split(/\s+(?=(?:user|group|sasl|x509):)/);
  let identity: Identity = {};
  for (const part of parts) {
    const [, kind = '', value = ''] = /^(user|group|sasl|x509):(.+)$/s.exec(part) ?? [];
    if (kind === 'sasl') identity = { ...identity, saslUser: value };
    else if (kind === 'x509') identity = { ...identity, x509Name: value };
    else if (kind === 'group') identity = { ...identity, unixGroups: [...(identity.unixGroups ?? []), value] };
    else if (kind === 'user') identity = { ...identity, ...(await userNamed(value, identity)) };
    else throw new Error(`'${part}' is none of user:NAME, group:NAME, sasl:NAME, x509:DN`);
  }
  return identity;
}

async function userNamed(name: string, { unixGroups = [] }: Identity): Promise<Identity> {
  const { uid, ...names } = await userNames(name);
  const groups = [...unixGroups, ...(names.unixGroups ?? [])];
  const found = uid === undefined ? {} : { uid };
  return { unixUser: /^[0-9]+$/.test(name) ? (names.unixUser ?? name) : name, unixGroups: groups, ...found };
}

function objectNamed(text: string): AccessObject {
  const [word = '', ...facts] = text.trim().split(/\s+/);
  const kind = kindNamed(word);
  if (kind === null) throw new Error(`'${word}' is not a kind of object; known are ${kindWords.join(', ')}`);
  const tags = facts.filter((fact) => fact.startsWith('tag=')).map((fact) => fact.slice(4));
  const uuid = facts.find((fact) => fact.startsWith('uuid='))?.slice(5) ?? '';
  const name = facts.filter((fact) => !/^(?:tag|uuid)=/.test(fact)).join(' ');
  const base = { kind, uuid, tags: () => tags };
  if (kind !== 'storage_vol' && kind !== 'network_port') return { ...base, name };
  const [parent = '', ...inner] = name.split('/');
  const own = inner.join('/');
  if (own === '') throw new Error(`'${name}': write the name of a volume as POOL/VOLUME, of a port as NETWORK/UUID`);
  return kind === 'storage_vol'
    ? { ...base, name: own, parent: { name: parent, uuid: '' } }
    : { ...base, name: '', uuid: own, parent: { name: parent, uuid: '' } };
}

function permissionFor(text: string, kind: AccessKind): string {
  const permission = text.startsWith(`${kind}:`) ? text.slice(kind.length + 1) : text;
  if (!permissions[kind].includes(permission)) {
    throw new Error(`'${text}' is no permission on a ${kind}; known are ${permissions[kind].join(', ')}`);
  }
  return permission;
}

function permissionText(): string {
  const groups = Object.entries(permissionGroups).map(([name, { doc }]) => `  ${name}: ${doc}\n`);
  const kinds = Object.entries(permissions).map(([kind, names]) => `  ${kind}: ${names.join(' ')}\n`);
  return `Groups of permissions:\n${groups.join('')}\nPermissions:\n${kinds.join('')}`;
}
