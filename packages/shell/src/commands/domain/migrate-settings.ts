// migrate-setmaxdowntime and its like: settings of a migration, before or while it runs.
import { command } from '../../command.ts';
import { anyDomain, runningDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { prettySize } from '../../format.ts';
import { findDomain } from '../../lookup.ts';
import { flag, number, requiredNumber } from '../../option.ts';

// VIR_DOMAIN_MIGRATE_MAX_SPEED_POSTCOPY
const POSTCOPY = 1;

export const migrateSetmaxdowntime = command({
  description: 'Says how long the domain may stand still at the end of its migration.',
  options: { domain: runningDomain, downtime: requiredNumber('milliseconds') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const downtime = args.long('downtime');
    if (downtime < 1n) fail('migrate: Invalid downtime');
    await attempt(domain.migrateSetMaxDowntime(downtime), null);
  },
});

export const migrateGetmaxdowntime = command({
  description: 'Prints how long the domain may stand still at the end of its migration, in milliseconds.',
  options: { domain: runningDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    shell.print(`${await attempt(domain.migrateGetMaxDowntime(), null)}\n`);
  },
});

export const migrateCompcache = command({
  description: 'Prints the cache of a compressed migration, or changes it.',
  options: { domain: anyDomain, size: number('its size in bytes', { named: true }) },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const size = args.ulong('size');
    if (size !== undefined) await attempt(domain.migrateSetCompressionCache(size), null);
    const present = await attempt(domain.migrateGetCompressionCache(), null);
    shell.print(`Compression cache: ${prettySize(present, 3)}`);
  },
});

export const migrateSetspeed = command({
  description: 'Limits the bandwidth of migrations of the domain.',
  options: {
    domain: anyDomain,
    bandwidth: requiredNumber('MiB/s'),
    postcopy: flag('of the part that copies what is asked for'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const bandwidth = args.ulongWrapped('bandwidth');
    await attempt(domain.migrateSetMaxSpeed(bandwidth, args.flag('postcopy') ? POSTCOPY : 0), null);
  },
});

export const migrateGetspeed = command({
  description: 'Prints the bandwidth of migrations of the domain, in MiB/s.',
  options: { domain: anyDomain, postcopy: flag('of the part that copies what is asked for') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    shell.print(`${await attempt(domain.migrateGetMaxSpeed(args.flag('postcopy') ? POSTCOPY : 0), null)}\n`);
  },
});

export const migratePostcopy = command({
  description: 'Lets a migration go over to copying what is asked for.',
  options: { domain: runningDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.migrateStartPostCopy(), null);
  },
});
