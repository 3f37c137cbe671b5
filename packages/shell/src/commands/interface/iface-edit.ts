// iface-edit: changes the definition of an interface of the host in an editor.
import { command } from '../../command.ts';
import { editXml } from '../../editor.ts';
import { anyInterface } from '../../interface-option.ts';
import { findInterface } from '../../lookup.ts';

// VIR_INTERFACE_XML_INACTIVE
const INACTIVE = 1;

export const ifaceEdit = command({
  description: 'Changes the definition of the interface in the editor of $VISUAL or $EDITOR.',
  options: { interface: anyInterface },
  async run(shell, args) {
    const found = await findInterface(shell, args.text('interface'));
    await editXml(shell, {
      fetch: () => found.getXmlDesc(INACTIVE),
      define: (xml) => shell.connection.defineInterfaceXml(xml),
      notChanged: `Interface ${found.name} XML configuration not changed.`,
      edited: `Interface ${found.name} XML configuration edited.`,
    });
  },
});
