// Reads the description or title of a domain.
import { type Domain, ErrorCode, LibvirtError } from 'virtwire';

/** virDomainMetadataType */
export const MetadataType = { Description: 0, Title: 1, Element: 2 } as const;

/** Gives the description or title, empty when there is none. */
export async function descriptionOf(domain: Domain, type: number, flags: number): Promise<string> {
  try {
    return await domain.getMetadata(type, null, flags);
  } catch (thrown) {
    if (!(thrown instanceof LibvirtError)) throw thrown;
    if (thrown.code === ErrorCode.NoDomainMetadata) return '';
    if (thrown.code !== ErrorCode.NoSupport && thrown.code !== ErrorCode.ConfigUnsupported) throw thrown;
  }
  // A driver without the call still has the text in its XML.
  const { parseXml } = await import('@virtwire/conf');
  const xml = await domain.getXmlDesc(flags === 2 ? 2 : 0);
  return (await parseXml(xml)).childText(type === MetadataType.Title ? 'title' : 'description') ?? '';
}
