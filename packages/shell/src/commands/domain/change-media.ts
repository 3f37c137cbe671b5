// change-media: puts a medium into a drive of a domain, takes it out, or changes it.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text, word } from '../../option.ts';
import { affectOptions } from '../../affect.ts';
import { asWritten, devicesOf } from './detach.ts';

// VIR_DOMAIN_AFFECT_LIVE, VIR_DOMAIN_AFFECT_CONFIG, VIR_DOMAIN_DEVICE_MODIFY_FORCE, VIR_DOMAIN_XML_INACTIVE
const LIVE = 1;
const CONFIG = 2;
const FORCE = 4;
const INACTIVE = 2;

export const changeMedia = command({
  description: 'Puts a medium into a drive of the domain, takes it out, or changes it.',
  options: {
    domain: anyDomain,
    path: word('target of the drive, or path of its medium'),
    source: text('path of the medium'),
    eject: flag('take the medium out'),
    insert: flag('put the medium in'),
    update: flag('change the medium'),
    current: affectOptions.current,
    live: affectOptions.live,
    config: affectOptions.config,
    force: flag('even if the guest uses the drive'),
    'print-xml': flag('print the XML instead of using it'),
    block: flag('the medium is a device of the host'),
  },
  async run(shell, args) {
    args.exclusive('eject', 'insert');
    args.exclusive('eject', 'update');
    args.exclusive('insert', 'update');
    args.exclusive('eject', 'block');
    args.exclusive('current', 'live');
    args.exclusive('current', 'config');
    const source = args.text('source');
    const eject = args.flag('eject');
    const done = eject
      ? 'Successfully ejected media.'
      : args.flag('insert')
        ? 'Successfully inserted media.'
        : 'Successfully updated media.';
    const update = args.flag('update') || (!eject && !args.flag('insert'));
    const flags =
      (args.flag('config') ? CONFIG : 0) | (args.flag('live') ? LIVE : 0) | (args.flag('force') ? FORCE : 0);
    const domain = await findDomain(shell, args.text('domain'));
    const path = args.text('path');
    const xml = await attempt(domain.getXmlDesc((flags & CONFIG) !== 0 ? INACTIVE : 0), null);
    const disks = await devicesOf(xml, 'disk');
    if (disks.length === 0) fail('Failed to get disk information');
    const disk = disks.find(
      (each) =>
        (each.attribute('device') === 'cdrom' || each.attribute('device') === 'floppy') &&
        (each.path('target/@dev') === path || each.path('source/@file') === path || each.path('source/@dev') === path),
    );
    if (disk === undefined) fail(`No disk found whose source path or target is ${path}`);
    const present = disk.child('source');
    if (eject && present === null) fail(`The disk device '${path}' doesn't have media`);
    if (args.flag('insert') && present !== null) fail(`The disk device '${path}' already has media`);
    if (eject && source !== undefined) fail('Options --eject and --source are mutually exclusive');
    if (!eject && source === undefined) fail(`No disk source specified for ${update ? 'updating' : 'inserting'}`);
    const written = await asWritten(xml, 'disk', disks.indexOf(disk));
    const changed = withSource(written, source ?? null, await isBlock(args.flag('block'), source));
    if (args.flag('print-xml')) {
      shell.print(changed);
      return;
    }
    await attempt(
      domain.updateDeviceFlags(changed, flags),
      `Failed to complete action ${eject ? 'eject' : update ? 'update' : 'insert'} on media`,
    );
    shell.extra(done);
  },
});

async function isBlock(said: boolean, source: string | undefined): Promise<boolean> {
  if (said || source === undefined) return said;
  const { stat } = await import('node:fs/promises');
  return stat(source).then(
    (facts) => facts.isBlockDevice(),
    () => false,
  );
}

// Changes the text where it must, so that all else stays as it is.
function withSource(disk: string, source: string | null, block: boolean): string {
  const bare = disk
    .replace(/\s*<source\b[^>]*?(?:\/>|>[\s\S]*?<\/source>)/, '')
    .replace(/\s*<backingStore\b[^>]*?(?:\/>|>[\s\S]*?<\/backingStore>)/, '');
  const typed =
    source === null ? bare : bare.replace(/^<disk type="[^"]*"/, `<disk type="${block ? 'block' : 'file'}"`);
  if (source === null) return typed;
  const escaped = source.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  return typed.replace(/(\s*)<target\b/, `$1<source ${block ? 'dev' : 'file'}="${escaped}"/>$1<target`);
}
