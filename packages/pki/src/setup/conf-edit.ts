// Small changes to libvirt's .conf files that leave everything else in them as it is.
import { parseConfFile } from '@virtwire/conf/file';
import { failure } from '../failure.ts';

/**
 * Adds a string to a setting that is a list.
 *
 * @param replaces entries that it takes the place of
 * @returns the new text; the same one when the entry is there already
 * @throws LibvirtError when the file is malformed, or the setting is no list of strings
 */
export function withListEntry(
  text: string,
  path: string,
  { name, entry, replaces }: { name: string; entry: string; replaces: (entry: string) => boolean },
): string {
  const conf = parseConfFile(text, { path });
  const old = conf.getStringList(name);
  if (old?.includes(entry)) return text;
  const entries = [...(old ?? []).filter((each) => !replaces(each)), entry];
  const line = `${name} = [\n${entries.map((each) => `  ${confString(each)},\n`).join('')}]\n`;
  return withSetting(text, path, name, line);
}

/** Gives a setting another value, or adds it. @param line the whole setting, with its end of line */
export function withSetting(text: string, path: string, name: string, line: string): string {
  const entry = parseConfFile(text, { path }).entries.get(name);
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  if (entry === undefined) return `${text}${end}${line}`;
  const lines = text.split('\n');
  const first = entry.line - 1;
  const before = lines.slice(0, first).join('\n') + (first > 0 ? '\n' : '');
  // The setting ends where what follows is understood again without it.
  for (let last = first + 1; last <= lines.length; last++) {
    const after = lines.slice(last).join('\n');
    const changed = `${before}${line}${after}`;
    if (isUnderstood(changed, path) && isUnderstood(lines.slice(first, last).join('\n'), path)) return changed;
  }
  throw failure(`${path}: cannot change ${name}`);
}

function isUnderstood(text: string, path: string): boolean {
  try {
    parseConfFile(text, { path });
    return true;
  } catch {
    return false;
  }
}

function confString(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}
