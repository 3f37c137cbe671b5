// save-image-define, -dumpxml, -edit: the definition within a file that save has written.
import { resolve } from 'node:path';
import { command } from '../../command.ts';
import { editXml } from '../../editor.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { flag, word } from '../../option.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';
import { resumeFlags, resumeOptions } from './save.ts';

// VIR_DOMAIN_SAVE_IMAGE_XML_SECURE
const SECURE = 1;

const fileOption = word('file with the saved domain');

export const saveImageDefine = command({
  description: 'Replaces the definition within a file with a saved domain.',
  options: { file: fileOption, xml: word('file with the new XML'), ...resumeOptions },
  async run(shell, args) {
    args.exclusive('running', 'paused');
    const file = args.text('file');
    const xml = await readXmlFile(args.text('xml'));
    const call = shell.connection.defineDomainSaveImageXml(resolve(file), xml, resumeFlags(args));
    await attempt(call, `Failed to update ${file}`);
    shell.extra(`State file ${file} updated.\n`);
  },
});

export const saveImageDumpxml = command({
  description: 'Prints the definition within a file with a saved domain as XML.',
  options: { file: fileOption, 'security-info': flag('with passwords'), ...xmlOptions },
  async run(shell, args) {
    const file = args.text('file');
    const call = shell.connection.getDomainSaveImageXmlDesc(resolve(file), args.flag('security-info') ? SECURE : 0);
    const xml = await attempt(call, null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});

export const saveImageEdit = command({
  description: 'Changes the definition within a file with a saved domain in the editor of $VISUAL or $EDITOR.',
  options: { file: fileOption, ...resumeOptions },
  async run(shell, args) {
    args.exclusive('running', 'paused');
    const file = args.text('file');
    const { connection } = shell;
    await editXml(shell, {
      fetch: () => connection.getDomainSaveImageXmlDesc(resolve(file), SECURE),
      define: (xml) => connection.defineDomainSaveImageXml(resolve(file), xml, resumeFlags(args)),
      notChanged: `Saved image ${file} XML configuration not changed.`,
      edited: `State file ${file} edited.`,
    });
  },
});
