// Tags that administrators put into the metadata of an object, for access rules.
import type { XmlElement } from '@virtwire/conf';

/**
 * The namespace of tags:
 * `<virtwire:tags xmlns:virtwire="urn:virtwire:tags"><virtwire:tag>owner=alice</virtwire:tag></virtwire:tags>`.
 */
export const TAGS_NAMESPACE = 'urn:virtwire:tags';

/** The tags in a definition, in document order. */
export function tagsOf(root: XmlElement): readonly string[] {
  const tags: string[] = [];
  for (const part of root.child('metadata')?.children() ?? []) {
    if (part.localName !== 'tags' || part.namespace !== TAGS_NAMESPACE) continue;
    for (const child of part.children()) if (child.localName === 'tag') tags.push(child.text.trim());
  }
  return tags;
}
