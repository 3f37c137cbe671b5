// Prints XML, or what an XPath expression finds in it.
import { flag, text } from './option.ts';
import type { Shell } from './context.ts';

/** The options of commands that print XML. */
export const xmlOptions = {
  xpath: text('print only what this XPath expression finds', { named: true }),
  wrap: flag('put what was found below one root element'),
};

/** Which part of XML to print. */
export interface XmlSelection {
  readonly xpath: string | undefined;
  readonly wrap: boolean;
}

/** Prints XML as it is, or the nodes that an expression selects. */
export async function printXml(shell: Shell, xml: string, { xpath, wrap }: XmlSelection): Promise<void> {
  if (xpath === undefined) {
    shell.print(xml);
    return;
  }
  const { selectXml } = await import('./xpath.ts');
  const nodes = selectXml(xml, xpath);
  if (nodes.length === 0) return;
  if (wrap) shell.print(`<nodes>\n${nodes.map((node) => `  ${node}\n`).join('')}</nodes>\n`);
  else for (const node of nodes) shell.print(`${node}\n`);
}
