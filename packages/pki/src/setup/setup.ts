// One command that makes a remote machine reachable over tls: every step is shown before it is done, and can be taken back.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { matchesGlob } from '@virtwire/rpc/node';
import { authorityFiles, isIssuedBy, issuedPaths, readAuthority } from '../authority.ts';
import { chooseFromAuthority } from '../choose-parts.ts';
import { parseArguments } from '../command.ts';
import { caCreate } from '../commands/ca-create.ts';
import { clientIssue } from '../commands/client-issue.ts';
import { Context, type Terminal } from '../context.ts';
import { failure } from '../failure.ts';
import { installChanges } from '../install-set.ts';
import { issueForHosts } from '../issue-for-host.ts';
import { flatPlaces, globalPlaces, userFolder } from '../places.ts';
import { runOverSsh, type SshTarget } from '../ssh.ts';
import { hostOf, sshMachine } from '../ssh-machine.ts';
import { parseConfFile } from '@virtwire/conf/file';
import { seeCertificate } from '../check/surroundings.ts';
import { withListEntry, withSetting } from './conf-edit.ts';
import { type Deed, readRecord, recordPath, undoCommand, undoScript, undoText } from './record.ts';
import { findDaemon, listenerCommands, type RemoteDaemon } from './remote-daemon.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a setup is asked to do. */
export interface SetupOptions {
  /** `host`, `user@host` or `ssh://user@host:port`. */
  readonly target: string;
  readonly sshOptions: readonly string[];
  /** Alias for the URI; the first part of the host's name when null. */
  readonly alias: string | null;
  /** Name of the client's certificate; user and machine when null. */
  readonly client: string | null;
  /** URI that is opened there, without transport and host, e.g. `qemu:///system`. */
  readonly driver: string;
  /** Folder of the authority, null for the usual one. */
  readonly folder: string | null;
  readonly dryRun: boolean;
}

/** Where a setup runs. */
export interface SetupPlace {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly uid: number;
  readonly home: string;
  /** Opens a connection for a moment. @returns what the other side calls itself */
  tryConnection(uri: string): Promise<string>;
}

/** What came of it. */
export interface SetupResult {
  readonly uri: string;
  readonly alias: string;
}

/** Makes a machine reachable. @throws LibvirtError when a step fails; those before it stay, until they are taken back */
export async function setUpHost(options: SetupOptions, place: SetupPlace): Promise<SetupResult> {
  const { context, where, record } = surroundings(options, place);
  const there = sshMachine(where);
  let number = 0;
  let changed = false;
  const step = (text: string) => context.print(`${number > 0 ? '\n' : ''}${++number}. ${text}`);

  step(`look at ${options.target}`);
  const facts = await there.facts();
  const daemon = await findDaemon(where, there);
  const host = await realHost(where);
  context.print(`   ${daemonText(daemon)}`);
  const { uri, alias } = names(options, host, daemon);

  step('the authority, on this machine');
  const files = authorityFiles(context.folder);
  if (existsSync(files.certificate)) context.print(`keep    ${files.certificate}, it is there`);
  else await caCreate.run(context, parseArguments(caCreate, []));
  // A dry run has no authority to go on with.
  if (!existsSync(files.certificate)) return dryRunEnd(context, daemon, uri, alias);

  step(`a certificate for ${host}`);
  const own = [...new Set([host, ...facts.names, ...facts.addresses])].filter((name) => name !== '');
  await issueUnlessGood(context, own);

  const commands = listenerCommands(daemon);
  // Noted before what it needs is changed, so that it is taken back when that is as before again.
  if (!context.dryRun) record.addCommand(`${daemon.name} as before`, commands.undo);

  step(`the certificate in its place, on ${options.target}`);
  const authority = readAuthority(context);
  const wanted = {
    server: own[0] as string,
    client: null,
    vnc: null,
    revocationList: authority.revocationList !== null,
  };
  if (!context.dryRun || authority.issued.some(({ kind, name }) => kind === 'server' && name === own[0])) {
    const { set } = chooseFromAuthority(authority, wanted, facts);
    const plan = await context.apply(installChanges(set, { ...facts, uid: 0 }, null), {
      machine: there,
      replaces: true,
    });
    changed = plan.files.length > 0;
  }

  step("this user's certificate, on this machine");
  const subject = await clientCertificate(context, options);

  step(`${daemon.name} listens for tls`);
  if (await changeConfig(context, there, daemon, subject)) changed = true;
  if (daemon.listens && !changed) context.print('keep    it listens, with what it has');
  else
    for (const line of commands.shown)
      context.print(`${context.dryRun ? 'would ' : ''}run     ${options.target}: ${line}`);
  if (!context.dryRun && (changed || !daemon.listens)) await runOverSsh(where, commands.script);

  step(`the alias ${alias}`);
  await writeAlias(context, alias, uri);
  if (context.dryRun) return { uri, alias };

  step(`connect to ${uri}`);
  context.print(`   ${await place.tryConnection(uri)}`);
  context.print('');
  context.print(`URI:    ${uri}`);
  context.print(`alias:  ${alias}   (virtwire -c ${alias}, virsh -c ${alias})`);
  context.print(`undo:   ${undoCommand(options.target)}`);
  return { uri, alias };
}

/** Takes back what a setup has done, the last step first. */
export async function undoSetup(options: SetupOptions, place: SetupPlace): Promise<void> {
  const { context, where, record } = surroundings(options, place);
  if (record.deeds.length === 0) throw failure(`nothing was set up for ${options.target} from here`);
  for (const deed of record.deeds.toReversed()) {
    context.print(`${context.dryRun ? 'would ' : ''}${undoText(deed, options.target)}`);
  }
  if (context.dryRun) return;
  while (record.deeds.length > 0) {
    // Those of one side that follow each other go in one script.
    const { side } = record.deeds.at(-1) as Deed;
    const first = record.deeds.findLastIndex((deed) => deed.side !== side) + 1;
    const scripts = record.deeds.slice(first).toReversed().map(undoScript);
    const script = `set -e\n${scripts.map((each) => `(${each})`).join('\n')}\n`;
    const said = side === 'there' ? await runOverSsh(where, script) : await runHere(script);
    for (const line of said.split('\n')) if (line !== '') context.remark(line);
    record.keep(record.deeds.slice(0, first));
  }
}

function surroundings(options: SetupOptions, { env, terminal, uid, home }: SetupPlace) {
  const shared = { env, terminal, uid, home, folder: options.folder, dryRun: options.dryRun, force: false };
  const { folder } = new Context(shared);
  const record = readRecord(recordPath(folder, options.target));
  const context = new Context({ ...shared, beforeChange: (plan) => record.addPlan(plan), hints: false });
  const where: SshTarget = { target: options.target, options: options.sshOptions, asRoot: true };
  return { context, record, where };
}

// What ssh makes of a name that its configuration knows: clients of tls do not read that.
async function realHost({ target, options = [] }: SshTarget): Promise<string> {
  const args = [...options.flatMap((each) => ['-o', each]), '-G', '--', target];
  const { stdout } = await promisify(execFile)('ssh', args);
  return /^hostname (.+)$/m.exec(stdout)?.[1] ?? hostOf(target);
}

function daemonText({ name, process, unit, configPath, port, listens }: RemoteDaemon): string {
  const running = process === null ? `not running, started by ${unit}` : `process ${process.pid}`;
  return `${name} (${running}), ${configPath}, ${listens ? 'listens' : 'does not listen'} on port ${port}`;
}

function names({ alias, driver }: SetupOptions, host: string, { port }: RemoteDaemon): SetupResult {
  const match = /^([a-z][a-z0-9]*):\/\/(\/.*)$/.exec(driver);
  if (match === null) throw failure(`'${driver}' is no URI of a driver, like qemu:///system`);
  const [, scheme, path] = match;
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const uri = `${scheme}+tls://${bracketed}${port === 16_514 ? '' : `:${port}`}${path}`;
  const short = /^[\d.:]+$/.test(host) ? host : (host.split('.')[0] as string);
  return { uri, alias: alias ?? short.replaceAll(/[^A-Za-z0-9_-]/g, '-') };
}

async function issueUnlessGood(context: Context, own: readonly string[]): Promise<void> {
  const authority = readAuthority(context);
  const [name = ''] = own;
  const old = authority.issued.find((each) => each.kind === 'server' && each.name === name && each.current);
  const good =
    old !== undefined &&
    old.revocation === null &&
    old.facts.notAfter > context.now &&
    own.every((each) => hostsOf(old.facts).has(each));
  if (good) context.print(`keep    ${issuedPaths(context.folder, 'server', name).certificate}, it is good`);
  else await issueForHosts(context, { kind: 'server', hosts: own, name, replaces: old !== undefined });
}

function hostsOf({
  alternativeNames,
}: {
  alternativeNames: { dns: readonly string[]; addresses: readonly string[] } | null;
}): Set<string> {
  return new Set([...(alternativeNames?.dns ?? []), ...(alternativeNames?.addresses ?? [])]);
}

// The client certificate that is in place, if the authority knows it, or else a new one. @returns its name
async function clientCertificate(context: Context, { client }: SetupOptions): Promise<string | null> {
  const authority = readAuthority(context);
  const own = flatPlaces(userFolder(context.home));
  const place = context.uid === 0 ? globalPlaces.clientCertificate : own.clientCertificate;
  const { facts } = seeCertificate(place);
  if (facts !== null && isIssuedBy(facts, authority.certificate) && facts.notAfter > context.now && client === null) {
    context.print(`keep    ${place}, it is good`);
    return facts.subject;
  }
  const machine = await context.machine.facts();
  const name = client ?? `${context.env['USER'] || userInfo().username}@${machine.hostname}`;
  const known = authority.issued.some(
    (each) => each.kind === 'client' && each.name === name && each.current && each.revocation === null,
  );
  if (!known) await clientIssue.run(context, parseArguments(clientIssue, ['--', name]));
  const now = readAuthority(context);
  if (context.dryRun && !known) return null;
  const wanted = { server: null, client: name, vnc: null, revocationList: false };
  const { set } = chooseFromAuthority(now, wanted, machine);
  await context.apply(installChanges(set, machine, null), { replaces: true });
  return now.issued.find((each) => each.kind === 'client' && each.name === name && each.current)?.facts.subject ?? null;
}

// Settings that stand in the way: listening switched off, or a list of names without this user's. Gives true for a change.
async function changeConfig(
  context: Context,
  there: ReturnType<typeof sshMachine>,
  daemon: RemoteDaemon,
  subject: string | null,
): Promise<boolean> {
  const { config, configPath } = daemon;
  const conf = parseConfFile(config, { path: configPath });
  let text = config;
  if (conf.getBool('listen_tls') === false) text = withSetting(text, configPath, 'listen_tls', 'listen_tls = 1\n');
  const allowed = conf.getStringList('tls_allowed_dn_list');
  if (allowed !== null && subject !== null && !allowed.some((pattern) => matchesGlob(pattern, subject))) {
    const change = { name: 'tls_allowed_dn_list', entry: subject, replaces: () => false };
    text = withListEntry(text, configPath, change);
  }
  if (text === config) return false;
  const state = (await there.look([configPath])).get(configPath) ?? null;
  const owner = state === null ? {} : { owner: { uid: state.uid, gid: state.gid } };
  const file = { path: configPath, content: text, mode: state?.mode ?? 0o644, ...owner };
  await context.apply({ directories: [], files: [file] }, { machine: there, replaces: true });
  return true;
}

async function writeAlias(context: Context, alias: string, uri: string): Promise<void> {
  const path = clientConf(context);
  const text = (await context.machine.read(path)) ?? '';
  const isOld = (entry: string) => entry.startsWith(`${alias}=`);
  const content = withListEntry(text, path, { name: 'uri_aliases', entry: `${alias}=${uri}`, replaces: isOld });
  const directories = [
    { path: dirname(dirname(path)), mode: 0o755 },
    { path: dirname(path), mode: 0o755 },
  ];
  await context.apply({ directories, files: [{ path, content, mode: 0o644 }] }, { replaces: true });
}

function clientConf({ uid, home, env }: Context): string {
  if (uid === 0) return '/etc/libvirt/libvirt.conf';
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'libvirt', 'libvirt.conf');
}

function dryRunEnd(context: Context, daemon: RemoteDaemon, uri: string, alias: string): SetupResult {
  const later = [
    'a server certificate, issued by it and installed there',
    'a client certificate, issued by it and installed here',
    ...listenerCommands(daemon).shown.map((line) => `there: ${line}`),
    `the alias ${alias} for ${uri}`,
  ];
  context.print('\nand then:');
  for (const line of later) context.print(`would   ${line}`);
  return { uri, alias };
}

async function runHere(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', script]);
  return stdout;
}
