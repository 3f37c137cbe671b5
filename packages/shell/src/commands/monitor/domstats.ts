// domstats: prints statistics of domains.
import { command } from '../../command.ts';
import { flag, words } from '../../option.ts';
import { domainNames } from '../../completers.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { parameterText } from '../../tunables.ts';

// virDomainStatsTypes
const STATS = {
  state: 1,
  'cpu-total': 2,
  balloon: 4,
  vcpu: 8,
  interface: 16,
  block: 32,
  perf: 64,
  iothread: 128,
  memory: 256,
  dirtyrate: 512,
  vm: 1024,
} as const;

// virConnectGetAllDomainStatsFlags; the last one is the sign bit of 32.
const FLAGS = {
  'list-active': 1,
  'list-inactive': 2,
  'list-persistent': 4,
  'list-transient': 8,
  'list-running': 16,
  'list-paused': 32,
  'list-shutoff': 64,
  'list-other': 128,
  nowait: 0x20000000,
  backing: 0x40000000,
  enforce: 0x80000000,
} as const;

export const domstats = command({
  description: 'Prints statistics of domains: of all, of some kinds, or of those that are named.',
  options: {
    state: flag('state of the domain'),
    'cpu-total': flag('CPU use of the domain'),
    balloon: flag('memory of the domain'),
    vcpu: flag('its virtual CPUs'),
    interface: flag('its network interfaces'),
    block: flag('its disks'),
    perf: flag('its performance events'),
    iothread: flag('its I/O threads'),
    memory: flag('its use of memory bandwidth'),
    dirtyrate: flag('how fast it changes memory'),
    vm: flag('figures of the hypervisor'),
    'list-active': flag('only domains that run'),
    'list-inactive': flag('only domains that do not run'),
    'list-persistent': flag('only domains with a definition'),
    'list-transient': flag('only domains without a definition'),
    'list-running': flag('only domains in state running'),
    'list-paused': flag('only suspended domains'),
    'list-shutoff': flag('only domains that are shut off'),
    'list-other': flag('only domains in another state'),
    raw: flag('print figures as they come'),
    enforce: flag('fail when a kind of statistics is not supported'),
    backing: flag('with the backing files of disks'),
    nowait: flag('leave out what would need waiting'),
    domain: words('name, id or UUID of domains', { complete: domainNames }),
  },
  async run(shell, args) {
    let stats = 0;
    for (const [name, bit] of Object.entries(STATS)) if (args.has(name as keyof typeof STATS)) stats |= bit;
    let flags = 0;
    for (const [name, bit] of Object.entries(FLAGS)) if (args.has(name as keyof typeof FLAGS)) flags += bit;
    const { connection } = shell;
    const domains = [];
    for (const name of args.words('domain')) domains.push(await findDomain(shell, name));
    const call =
      domains.length === 0
        ? connection.getAllDomainStats(stats, flags)
        : connection.getDomainListStats(domains, stats, flags);
    const records = await attempt(call, null);
    const texts = records.map(({ domain, params }) => {
      const lines = [...params].map(([name, value]) => `  ${name}=${parameterText(value, params.type(name))}\n`);
      return `Domain: '${domain.name}'\n${lines.join('')}`;
    });
    shell.print(texts.join('\n'));
  },
});
