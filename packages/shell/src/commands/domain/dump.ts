// dump: writes the memory of a domain to a file of the host, for debugging.
import { resolve } from 'node:path';
import { command } from '../../command.ts';
import { oneOf } from '../../completers.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text, word } from '../../option.ts';
import { tellDone } from './save.ts';

// virDomainCoreDumpFlags
const DumpFlags = { crash: 1, live: 2, 'bypass-cache': 4, reset: 8, 'memory-only': 16 } as const;
// virDomainCoreDumpFormat
const FORMATS: Readonly<Record<string, number>> = {
  elf: 0,
  'kdump-zlib': 1,
  'kdump-lzo': 2,
  'kdump-snappy': 3,
  'win-dmp': 4,
};

export const dump = command({
  description: 'Writes the memory of the domain to a file of the host, for debugging.',
  options: {
    domain: runningDomain,
    file: word('where to write it'),
    live: flag('let the domain run meanwhile'),
    crash: flag('stop the domain afterwards'),
    'bypass-cache': flag('write past the file system cache'),
    reset: flag('reset the domain afterwards'),
    verbose: flag('show how far it is'),
    'memory-only': flag('only memory, in a form for debuggers'),
    format: text('form of a dump of memory only', { complete: oneOf(...Object.keys(FORMATS)) }),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const file = args.text('file');
    let flags = 0;
    for (const [name, bit] of Object.entries(DumpFlags)) if (args.has(name as keyof typeof DumpFlags)) flags |= bit;
    const formatName = args.text('format');
    let format = 0;
    if (formatName !== undefined) {
      if (!args.flag('memory-only')) fail('--format only works with --memory-only');
      const known = Object.hasOwn(FORMATS, formatName) ? FORMATS[formatName] : undefined;
      if (known === undefined) {
        fail(
          `format '${formatName}' is not supported, expecting 'kdump-zlib', 'kdump-lzo', 'kdump-snappy', 'win-dmp' or 'elf'`,
        );
      }
      format = known;
    }
    const path = resolve(file);
    const call = format === 0 ? domain.coreDump(path, flags) : domain.coreDumpWithFormat(path, format, flags);
    await attempt(call, `Failed to core dump domain '${domain.name}' to ${file}`);
    if (args.flag('verbose')) tellDone(shell, 'Dump');
    shell.extra(`\nDomain '${domain.name}' dumped to ${file}\n`);
  },
});
