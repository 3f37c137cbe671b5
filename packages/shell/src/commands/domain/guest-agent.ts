// Commands that the agent in the guest carries out: file systems, passwords, keys, sleep, and what it tells.
import { command } from '../../command.ts';
import { oneOf } from '../../completers.ts';
import { anyDomain, runningDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, number, text, word, words } from '../../option.ts';
import { parameterText } from '../../tunables.ts';

export const domfsfreeze = command({
  description: 'Stops file systems of the guest from changing.',
  options: { domain: runningDomain, mountpoint: words('where they are mounted; all when left out') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const count = await attempt(domain.fsFreeze(args.words('mountpoint')), 'Unable to freeze filesystems');
    shell.print(`Froze ${count} filesystem(s)\n`);
  },
});

export const domfsthaw = command({
  description: 'Lets file systems of the guest change again.',
  options: { domain: runningDomain, mountpoint: words('where they are mounted; all when left out') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const count = await attempt(domain.fsThaw(args.words('mountpoint')), 'Unable to thaw filesystems');
    shell.print(`Thawed ${count} filesystem(s)\n`);
  },
});

export const domfsinfo = command({
  description: 'Lists the file systems that are mounted in the guest.',
  options: { domain: runningDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const systems = await attempt(domain.getFsInfo(), 'Unable to get filesystem information');
    if (systems.length === 0) {
      shell.extra('No filesystems are mounted in the domain');
      return;
    }
    await shell.table(
      ['Mountpoint', 'Name', 'Type', 'Target'],
      systems.map(({ mountPoint, name, type, devices }) => [mountPoint, name, type, devices.join(',')]),
    );
  },
});

export const domfstrim = command({
  description: 'Gives back to the host what file systems of the guest do not use.',
  options: {
    domain: runningDomain,
    minimum: number('smallest piece to give back (bytes when it has no unit)'),
    mountpoint: text('where the file system is mounted; all when left out'),
  },
  async run(shell, args) {
    const minimum = args.ulong('minimum') ?? 0n;
    const mountPoint = args.text('mountpoint') ?? null;
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.fsTrim(mountPoint, minimum), 'Unable to invoke fstrim');
  },
});

// virDomainGetHostnameFlags
const HOSTNAME_SOURCES: Readonly<Record<string, number>> = { lease: 1, agent: 2 };

export const domhostname = command({
  description: 'Prints the host name that the guest tells.',
  options: {
    domain: runningDomain,
    source: text('lease or agent', { complete: oneOf('lease', 'agent') }),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const source = args.text('source');
    let flags = 0;
    if (source !== undefined) {
      if (!Object.hasOwn(HOSTNAME_SOURCES, source)) fail(`Unknown data source '${source}'`);
      flags = HOSTNAME_SOURCES[source] ?? 0;
    }
    shell.print(`${await attempt(domain.getHostname(flags), 'failed to get hostname')}\n`);
  },
});

// virNodeSuspendTarget
const TARGETS = ['mem', 'disk', 'hybrid'];

export const dompmsuspend = command({
  description: 'Sends the guest to sleep.',
  options: {
    domain: runningDomain,
    target: word('mem, disk or hybrid', { complete: oneOf(...TARGETS) }),
    duration: number('seconds, for those that can', { named: true }),
  },
  async run(shell, args) {
    const duration = args.ulong('duration') ?? 0n;
    const given = args.text('target');
    const domain = await findDomain(shell, args.text('domain'));
    const target = TARGETS.indexOf(given);
    if (target < 0) fail(`Invalid target`);
    const { name } = domain;
    await attempt(domain.pmSuspendForDuration(target, duration), `Domain '${name}' could not be suspended`);
    shell.extra(`Domain '${name}' successfully suspended`);
  },
});

export const dompmwakeup = command({
  description: 'Wakes the guest.',
  options: { domain: anyDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.pmWakeup(), `Domain '${domain.name}' could not be woken up`);
    shell.extra(`Domain '${domain.name}' successfully woken up`);
  },
});

// VIR_DOMAIN_PASSWORD_ENCRYPTED
const ENCRYPTED = 1;

export const setUserPassword = command({
  description: 'Sets the password of a user of the guest.',
  options: {
    domain: runningDomain,
    user: word('name of the user'),
    password: word('the new password; other programs of the host can see it'),
    encrypted: flag('the password is encrypted already'),
  },
  async run(shell, args) {
    const user = args.text('user');
    const password = args.text('password');
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.setUserPassword(user, password, args.flag('encrypted') ? ENCRYPTED : 0), null);
    shell.extra(`Password set successfully for ${user} in ${domain.name}`);
  },
});

export const getUserSshkeys = command({
  description: 'Prints the ssh keys with which a user of the guest may come in.',
  options: { domain: anyDomain, user: word('name of the user') },
  async run(shell, args) {
    const user = args.text('user');
    const domain = await findDomain(shell, args.text('domain'));
    for (const key of await attempt(domain.authorizedSshKeysGet(user), null)) shell.print(`${key}\n`);
  },
});

// virDomainAuthorizedSSHKeysSetFlags
const APPEND = 1;
const REMOVE = 2;

export const setUserSshkeys = command({
  description: 'Says with which ssh keys a user of the guest may come in.',
  options: {
    domain: anyDomain,
    user: word('name of the user'),
    file: text('file with keys, one on each line'),
    reset: flag('put them in the place of all present ones'),
    remove: flag('take them away'),
  },
  async run(shell, args) {
    args.requires('remove', 'file');
    args.exclusive('reset', 'remove');
    const domain = await findDomain(shell, args.text('domain'));
    const user = args.text('user');
    const file = args.text('file');
    let flags = args.flag('remove') ? REMOVE : APPEND;
    if (args.flag('reset')) flags &= ~APPEND;
    let keys: string[] = [];
    if (file === undefined) {
      if (!args.flag('reset')) fail('Option --file is required');
    } else {
      const { readXmlFile } = await import('../../files.ts');
      keys = (await readXmlFile(file)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      if (keys.length === 0) fail(`File ${file} contains no keys`);
    }
    await attempt(domain.authorizedSshKeysSet(user, keys, flags), null);
  },
});

// virDomainGuestInfoTypes
const INFO_TYPES = { user: 1, os: 2, timezone: 4, hostname: 8, filesystem: 16, disk: 32, interface: 64 } as const;

export const guestinfo = command({
  description: 'Prints what the agent in the guest tells.',
  options: {
    domain: anyDomain,
    user: flag('users who are logged in'),
    os: flag('operating system'),
    timezone: flag('time zone'),
    hostname: flag('host name'),
    filesystem: flag('file systems'),
    disk: flag('disks'),
    interface: flag('network interfaces'),
  },
  async run(shell, args) {
    let types = 0;
    for (const [name, bit] of Object.entries(INFO_TYPES)) if (args.has(name as keyof typeof INFO_TYPES)) types |= bit;
    const domain = await findDomain(shell, args.text('domain'));
    const params = await attempt(domain.getGuestInfo(types), null);
    for (const [name, value] of params) {
      shell.print(`${name.padEnd(20)}: ${parameterText(value, params.type(name))}\n`);
    }
  },
});

// virDomainAgentResponseTimeoutValues
const BLOCK = -2;

export const guestAgentTimeout = command({
  description: 'Says how long to wait for the agent in the guest.',
  options: {
    domain: runningDomain,
    timeout: number('seconds; -2 without limit, -1 as usual, 0 not at all', { named: true }),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.agentSetResponseTimeout(args.int('timeout') ?? BLOCK), null);
  },
});
