// edit: changes the definition of a domain in an editor.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { editXml } from '../../editor.ts';
import { findDomain } from '../../lookup.ts';

// VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE
const XML_FLAGS = 3;
// VIR_DOMAIN_DEFINE_VALIDATE
const VALIDATE = 1;

export const edit = command({
  description: 'Changes the definition of the domain in the editor of $VISUAL or $EDITOR.',
  options: { domain: anyDomain, 'skip-validate': flag('do not check the XML against the schema') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const { connection } = shell;
    await editXml(shell, {
      fetch: () => domain.getXmlDesc(XML_FLAGS),
      define: (xml) => connection.defineDomainXmlFlags(xml, args.flag('skip-validate') ? 0 : VALIDATE),
      ...(args.flag('skip-validate')
        ? undefined
        : { defineUnchecked: (xml: string) => connection.defineDomainXmlFlags(xml, 0) }),
      notChanged: `Domain '${domain.name}' XML configuration not changed.`,
      edited: `Domain '${domain.name}' XML configuration edited.`,
    });
  },
});
