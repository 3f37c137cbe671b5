// pool-edit: changes the definition of a pool in an editor.
import { command } from '../../command.ts';
import { editXml } from '../../editor.ts';
import { findPool } from '../../lookup.ts';
import { anyPool } from '../../pool-option.ts';

// VIR_STORAGE_XML_INACTIVE
const INACTIVE = 1;

export const poolEdit = command({
  description: 'Changes the definition of the pool in the editor of $VISUAL or $EDITOR.',
  options: { pool: anyPool },
  async run(shell, args) {
    const pool = await findPool(shell, args.text('pool'));
    await editXml(shell, {
      // An old driver knows no flags.
      fetch: () => pool.getXmlDesc(INACTIVE).catch(() => pool.getXmlDesc()),
      define: (xml) => shell.connection.defineStoragePoolXml(xml),
      notChanged: `Pool ${pool.name} XML configuration not changed.`,
      edited: `Pool ${pool.name} XML configuration edited.`,
    });
  },
});
