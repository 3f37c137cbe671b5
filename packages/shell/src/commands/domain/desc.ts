// desc: prints or changes the description or the title of a domain.
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { flag, words } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { descriptionOf, MetadataType } from '../../domain-description.ts';

export const desc = command({
  description: 'Prints the description (or title) of the domain, or changes it.',
  options: {
    domain: anyDomain,
    live: affectOptions.live,
    config: affectOptions.config,
    current: affectOptions.current,
    title: flag('the title instead of the description'),
    edit: flag('change it in an editor'),
    'new-desc': words('the new text'),
  },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const title = args.flag('title');
    const type = title ? MetadataType.Title : MetadataType.Description;
    const what = title ? 'title' : 'description';
    const domain = await findDomain(shell, args.text('domain'));
    let text = args.words('new-desc').join(' ').replace(/ +$/, '');
    if (args.flag('edit')) {
      const before = text === '' ? await descriptionOf(domain, type, flags) : text;
      const { editOnce } = await import('../../editor.ts');
      text = (await editOnce(shell, before)).replace(/\n$/, '');
      if (text === before) {
        shell.extra(`Domain ${what} not changed\n`);
        return;
      }
    } else if (text === '') {
      const present = await descriptionOf(domain, type, flags);
      if (present === '') shell.extra(`No ${what} for domain: ${domain.name}`);
      else shell.print(present);
      return;
    }
    await attempt(domain.setMetadata(type, text, {}, flags), `Failed to set new domain ${what}`);
    shell.extra(`Domain ${what} updated successfully`);
  },
});
