// net-edit: changes the definition of a network in an editor.
import { command } from '../../command.ts';
import { editXml } from '../../editor.ts';
import { findNetwork } from '../../lookup.ts';
import { anyNetwork } from '../../network-option.ts';

// VIR_NETWORK_XML_INACTIVE
const INACTIVE = 1;

export const netEdit = command({
  description: 'Changes the definition of the network in the editor of $VISUAL or $EDITOR.',
  options: { network: anyNetwork },
  async run(shell, args) {
    const network = await findNetwork(shell, args.text('network'));
    await editXml(shell, {
      // An old driver knows no flags.
      fetch: () => network.getXmlDesc(INACTIVE).catch(() => network.getXmlDesc()),
      define: (xml) => shell.connection.defineNetworkXml(xml),
      notChanged: `Network ${network.name} XML configuration not changed.`,
      edited: `Network ${network.name} XML configuration edited.`,
    });
  },
});
