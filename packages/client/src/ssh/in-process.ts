// The transport over ssh in this process, in either flavour: reads the parameters, takes a session, opens a channel.
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Channel } from '@virtwire/rpc';
import type { DialTarget, Transport } from '../transport/transport.ts';
import { type SshMethod, sshMethods } from './authentication.ts';
import { expandTokens, isHarmlessHost, isHarmlessUser, readSshConfig } from './client-config.ts';
import type { SshFlavour } from './flavour.ts';
import { type SshHostConfig, sshHostConfig } from './host-config.ts';
import { type HostKeyPolicy, hostKeyPolicy } from './host-key.ts';
import { remoteCommand, type RemoteCommandFacts } from './remote-command.ts';
import { hostEvidence, sshRoute } from './route.ts';
import type { SshTarget } from './session.ts';
import { type SessionLease, sessionPool } from './session-pool.ts';

const DEFAULT_PORT = 22;
// As ssh itself does.
const MAX_JUMPS = 8;
// Tried in this order when nothing says which (virNetClientFindDefaultSshKey).
const defaultKeys: readonly string[] = ['id_ed25519', 'id_ecdsa', 'id_rsa', 'id_dsa', 'identity'];

/** Makes the transport. */
export function inProcessSsh(flavour: SshFlavour): Transport {
  return {
    name: flavour.name,
    encrypted: true,
    secure: true,
    dial: async (target, signal) => {
      target.note?.(hostEvidence(target.uri));
      const route = sshRoute(flavour.name, target);
      const { knownHostsVerify } = target.parameters;
      const given = hostKeyPolicy(knownHostsVerify);
      const policy = knownHostsVerify === null ? null : given;
      const chosen = target.parameters.sshauth === null ? null : sshMethods(target.parameters.sshauth);
      const server = await serverOf(target, { flavour, policy, chosen });
      const lease = await sessionPool.lease(server, signal);
      return openOn(lease, () => sessionPool.leaseAlone(server, signal), { route, target, flavour });
    },
  };
}

interface ChannelFacts {
  readonly route: RemoteCommandFacts;
  readonly target: DialTarget;
  readonly flavour: SshFlavour;
}

async function openOn(
  lease: SessionLease,
  another: () => Promise<SessionLease>,
  { route, target, flavour }: ChannelFacts,
): Promise<Channel> {
  const { session, release } = lease;
  try {
    if (mayGoDirect(route, target)) {
      // The server may not do this, or the socket is elsewhere: what runs on the other side knows better, and has the
      // words for what is wrong.
      const direct = await session.openSocket(route.socket, release).catch(() => null);
      if (direct !== null) return direct;
    }
    const command = remoteCommand(route);
    try {
      return await session.exec(command, release);
    } catch (thrown) {
      if (!lease.isShared) throw flavour.error(`failed to open ssh channel: ${(thrown as Error).message}`, thrown);
    }
    // Servers allow only so many commands on one connection.
    const own = await another();
    release();
    return await own.session.exec(command, own.release);
  } catch (thrown) {
    release();
    throw thrown;
  }
}

// Nobody has said by what the socket is to be reached.
function mayGoDirect({ proxy, netcat }: RemoteCommandFacts, { parameters }: DialTarget): boolean {
  const free = parameters.proxy === null || parameters.proxy === 'auto';
  return free && netcat === null && proxy !== 'native';
}

interface ServerChoice {
  readonly flavour: SshFlavour;
  /** Of `known_hosts_verify=`; null when not given. */
  readonly policy: HostKeyPolicy | null;
  /** Of `sshauth=`; null when not given. */
  readonly chosen: readonly SshMethod[] | null;
}

async function serverOf(target: DialTarget, choice: ServerChoice): Promise<SshTarget> {
  const { uri, host } = target;
  const home = host.env['HOME'] || homedir();
  const files = [
    { path: join(home, '.ssh', 'config'), folder: join(home, '.ssh'), isGuarded: true },
    { path: '/etc/ssh/ssh_config', folder: '/etc/ssh' },
  ];
  const make = async (place: JumpPlace, through: SshTarget | null, jumps: number): Promise<SshTarget> => {
    if (!isHarmlessHost(place.host)) throw choice.flavour.error('hostname contains invalid characters');
    if (place.user !== null && !isHarmlessUser(place.user)) {
      throw choice.flavour.error('remote username contains invalid characters');
    }
    const query = { host: place.host, user: place.user, localUser: userInfo().username, home };
    const found = sshHostConfig(await readSshConfig(files, query), query);
    let below = through;
    if (through === null && jumps === 0) {
      for (const jump of found.proxyJump.slice(0, MAX_JUMPS)) below = await make(jumpPlace(jump), below, jumps + 1);
    }
    return oneServer(target, choice, { place, found, home, through: below });
  };
  return make({ host: uri?.host ?? 'localhost', user: uri?.user ?? null, port: uri?.port || null }, null, 0);
}

interface JumpPlace {
  readonly host: string;
  readonly user: string | null;
  readonly port: number | null;
}

function jumpPlace(word: string): JumpPlace {
  const parts =
    /^(?:ssh:\/\/)?(?:(?<user>[^@]*)@)?(?:\[(?<address>[^\]]*)\]|(?<host>[^:]*))(?::(?<port>[0-9]+))?$/.exec(word);
  const { user, address, host = '', port } = parts?.groups ?? { host: word };
  return { host: address ?? host, user: user ?? null, port: port === undefined ? null : Number(port) };
}

interface OneServer {
  readonly place: JumpPlace;
  readonly found: SshHostConfig;
  readonly home: string;
  readonly through: SshTarget | null;
}

async function oneServer(
  target: DialTarget,
  choice: ServerChoice,
  { place, found, home, through }: OneServer,
): Promise<SshTarget> {
  const { parameters, host, credentials } = target;
  const { env } = host;
  const local = userInfo().username;
  const user = place.user ?? found.user ?? local;
  const address = found.hostName ?? place.host;
  const port = place.port ?? found.port ?? DEFAULT_PORT;
  const keyName = found.hostKeyAlias ?? address;
  const tokens = { d: home, h: address, k: keyName, n: place.host, p: String(port), r: user, u: local };
  const pathOf = (text: string): string => expandTokens(text, tokens, env);
  const own = found.identityFiles.map(pathOf);
  const usual = own.length > 0 ? own : defaultKeys.map((name) => join(home, '.ssh', name));
  const there = await Promise.all(usual.map((file) => host.exists(file)));
  const keyFiles = parameters.keyfile === null ? usual.filter((_, index) => there[index]) : [parameters.keyfile];
  return {
    flavour: choice.flavour,
    address,
    port,
    keyName,
    // An alias stands for one host, whatever the port.
    keyPort: found.hostKeyAlias === null ? port : DEFAULT_PORT,
    addressFamily: found.addressFamily,
    bindAddress: found.bindAddress,
    connectTimeoutS: found.connectTimeoutS,
    identity: {
      user,
      host: place.host,
      methods: choice.chosen ?? usualMethods(found, keyFiles.length > 0),
      keyFiles,
      keyFileGiven: parameters.keyfile !== null,
      agent: agentOf(found.identityAgent, env['SSH_AUTH_SOCK'], pathOf),
      identitiesOnly: found.identitiesOnly,
    },
    policy: choice.policy ?? policyOf(found),
    knownHosts: [
      ...knownHostsFiles(target, found, home),
      ...(found.globalKnownHosts ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']),
    ].map((file) => (file === null ? null : pathOf(file))) as [string | null, ...string[]],
    through,
    proxyCommand: found.proxyCommand === null ? null : expandTokens(found.proxyCommand, tokens),
    credentials,
  };
}

// As libssh does, the files of the user's configuration take the place of libvirt's own.
function knownHostsFiles(
  { parameters, host }: DialTarget,
  { userKnownHosts }: SshHostConfig,
  home: string,
): readonly (string | null)[] {
  if (parameters.knownHosts !== null) return [parameters.knownHosts];
  if (userKnownHosts !== null) return userKnownHosts.length === 0 ? [null] : userKnownHosts;
  return [join(host.env['XDG_CONFIG_HOME'] || join(home, '.config'), 'libvirt', 'known_hosts')];
}

function policyOf({ strictHostKeyChecking }: SshHostConfig): HostKeyPolicy {
  if (strictHostKeyChecking === 'yes') return 'strict';
  return strictHostKeyChecking === 'accept-new' ? 'auto' : 'normal';
}

function usualMethods({ methods, methodsGiven }: SshHostConfig, hasKeys: boolean): SshMethod[] {
  const keys: readonly SshMethod[] = hasKeys ? ['agent', 'privkey'] : ['agent'];
  const by: Readonly<Record<string, readonly SshMethod[]>> = {
    publickey: keys,
    password: ['password'],
    'keyboard-interactive': ['keyboard-interactive'],
  };
  // Nobody has chosen the order: it is libvirt's.
  const order = methodsGiven ? methods : ['publickey', 'password', 'keyboard-interactive'];
  return order.flatMap((method) => (methods.includes(method) ? (by[method] ?? []) : []));
}

function agentOf(word: string | null, env: string | undefined, pathOf: (text: string) => string): string | null {
  if (word === null || word === 'SSH_AUTH_SOCK') return env || null;
  if (word.toLowerCase() === 'none') return null;
  return pathOf(/^\$\w+$/.test(word) ? `\${${word.slice(1)}}` : word);
}
