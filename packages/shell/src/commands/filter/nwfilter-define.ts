// nwfilter-define: defines a network filter from XML.
import { fromFile } from '../../from-file.ts';

export const nwfilterDefine = fromFile({
  description: 'Defines a network filter from XML, or changes its definition.',
  object: 'network filter',
  make: (connection, xml, flags) =>
    flags === 0 ? connection.defineNwfilterXml(xml) : connection.defineNwfilterXmlFlags(xml, flags),
  failure: (file) => `Failed to define network filter from ${file}`,
  done: ({ name }, file) => `Network filter ${name} defined from ${file}`,
});
