// metadata: prints or changes XML that others keep in the definition of a domain.
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { flag, text, word } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { MetadataType } from '../../domain-description.ts';

export const metadata = command({
  description: 'Prints, sets or removes the XML that is kept in the domain under a namespace.',
  options: {
    domain: anyDomain,
    uri: word('URI of the namespace'),
    live: affectOptions.live,
    config: affectOptions.config,
    current: affectOptions.current,
    edit: flag('change it in an editor'),
    key: text('prefix of the namespace'),
    set: text('the new XML'),
    remove: flag('remove it'),
  },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    args.exclusive('edit', 'set');
    args.exclusive('remove', 'set');
    args.exclusive('remove', 'edit');
    const domain = await findDomain(shell, args.text('domain'));
    const uri = args.text('uri');
    const key = args.text('key') ?? null;
    const set = args.text('set') ?? null;
    const remove = args.flag('remove');
    const { Element } = MetadataType;
    if ((set !== null || args.flag('edit')) && key === null) fail('namespace key is required when modifying metadata');
    if (set !== null || remove) {
      await attempt(domain.setMetadata(Element, set, { key, uri }, flags), null);
      shell.extra(`Metadata ${remove ? 'removed' : 'modified'}\n`);
    } else if (args.flag('edit')) {
      const { editXml } = await import('../../editor.ts');
      await editXml(shell, {
        fetch: async () => await domain.getMetadata(Element, uri, flags).catch(() => '\n'),
        define: (xml) => domain.setMetadata(Element, xml, { key, uri }, flags),
        notChanged: 'Metadata not changed',
        edited: 'Metadata modified',
      });
    } else {
      shell.print(`${await attempt(domain.getMetadata(Element, uri, flags), null)}\n`);
    }
  },
});
