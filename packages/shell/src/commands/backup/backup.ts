// backup-begin and backup-dumpxml: copies of the disks of a running domain.
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text } from '../../option.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';

// VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL
const REUSE_EXTERNAL = 1;

export const backupBegin = command({
  description: 'Begins a backup of disks of the domain; domjobabort ends it.',
  options: {
    domain: anyDomain,
    backupxml: text('file with the XML of the backup'),
    checkpointxml: text('file with the XML of a checkpoint to make at the same moment'),
    'reuse-external': flag('write to files that are there'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const file = args.text('backupxml');
    const backup = file === undefined ? '<domainbackup/>' : await readXmlFile(file);
    const checkpointFile = args.text('checkpointxml');
    const checkpoint = checkpointFile === undefined ? null : await readXmlFile(checkpointFile);
    const flags = args.flag('reuse-external') ? REUSE_EXTERNAL : 0;
    await attempt(domain.backupBegin(backup, checkpoint, flags), null);
    shell.print('Backup started\n');
  },
});

export const backupDumpxml = command({
  description: 'Prints the backup that runs as XML.',
  options: { domain: anyDomain, ...xmlOptions },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const xml = await attempt(domain.backupGetXmlDesc(), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});
