// Rows that say which attributes and children an element may have, in what order libvirt prints them and how.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { parseUint32 } from '../units.ts';
import { XmlElement, type XmlNode } from './element.ts';

/**
 * Turns one written value into the form libvirt prints.
 *
 * @param text the value as written
 * @param where the element it stands in
 * @param name the attribute, or the element itself for its text
 * @returns null to leave it out
 */
export type ValueRule = (text: string, where: XmlElement, name: string) => string | null;

/** What happens to an element after its row was applied; null leaves it out. */
export type ElementRule = (shaped: XmlElement, source: XmlElement) => XmlElement | null;

/**
 * How all elements of one kind of document look.
 *
 * A row is a text of items in print order:
 * `@name` an attribute, `@name:rule` with a value rule, `@name=default` with a default;
 * `name` the first child of that name, `name*` all of them, `name$` a child that holds only text,
 * `name%` a child that is kept as it is, `name!` a child that is printed even when it is empty;
 * `name=row` a child with another row (`{type}` stands for the parent's attribute of that name); `$` the text itself.
 * A child's row is looked up as `parent/child`, then as `child`.
 */
export interface Shapes {
  readonly rows: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, ValueRule>>;
  readonly elements: Readonly<Record<string, ElementRule>>;
  /** What `row@attribute` may hold, words with blanks between, and the error when it holds something else. */
  readonly words: Readonly<Record<string, string | WordRule>>;
  /** Attributes, as `row@attribute`, that hold an unsigned number. */
  readonly numbers?: ReadonlySet<string>;
  /** Attributes, as `row@attribute`, that an element cannot be without. */
  readonly required: ReadonlySet<string>;
}

/** The words that are allowed in one place, when the error is not libvirt's usual one. */
export interface WordRule {
  readonly words: string;
  readonly code: number;
  /** The detail of the error; `%s` stands for the value. */
  readonly detail: string;
  /** The domain of the error, `ErrorDomain.Domain` when left out. */
  readonly domain?: number;
}

interface Item {
  readonly attribute: boolean;
  readonly name: string;
  readonly many: boolean;
  readonly keepEmpty: boolean;
  readonly textOnly: boolean;
  readonly verbatim: boolean;
  readonly rule: string | null;
  /** The default of an attribute, or the row of a child. */
  readonly given: string | null;
  /** The row of a child, unless it depends on the parent. */
  readonly childRow: string;
  readonly required: boolean;
  readonly number: boolean;
  readonly words: ReadonlySet<string> | null;
  readonly wordRule: WordRule | null;
}

const noItems: readonly Item[] = [];
const compiled = new WeakMap<Shapes, Map<string, readonly Item[]>>();

/**
 * Brings an element into the form and order of its row; what the row does not name is dropped, as libvirt drops it.
 *
 * @returns null if nothing is left of it
 */
export function applyShape(shapes: Shapes, source: XmlElement, row: string, keepEmpty = false): XmlElement | null {
  const attributes: string[] = [];
  const nodes: XmlNode[] = [];
  for (const item of itemsOf(shapes, row)) {
    if (item.attribute) {
      const raw = source.attribute(item.name) ?? item.given;
      checkWord(item, raw, source);
      const value = raw === null ? null : valueOf(shapes, item.rule, raw, source, item.name);
      if (value !== null) attributes.push(item.name, value);
    } else if (item.name === '') {
      const text = source.text;
      const value = text === '' && !item.keepEmpty ? null : valueOf(shapes, item.rule, text, source, source.name);
      if (value !== null) nodes.push(value);
    } else {
      for (const child of source.nodes) {
        if (!(child instanceof XmlElement) || child.name !== item.name) continue;
        const shaped = shapeChild(shapes, child, item, source);
        if (shaped !== null) nodes.push(shaped);
        if (!item.many) break;
      }
    }
  }
  const shaped = new XmlElement(source.name, attributes, nodes, source.namespace);
  const rule = shapes.elements[row];
  const result = rule === undefined ? shaped : rule(shaped, source);
  if (result === null || keepEmpty || result.attributes.length > 0 || result.nodes.length > 0) return result;
  return null;
}

function shapeChild(shapes: Shapes, child: XmlElement, item: Item, parent: XmlElement): XmlElement | null {
  if (item.verbatim) return child.clone();
  if (item.textOnly) {
    const text = child.text;
    if (text === '' && !item.keepEmpty) return null;
    const value = valueOf(shapes, item.rule, text, child, child.name);
    if (value === null) return null;
    // A rule for sizes may have changed what the unit is; it then says so itself.
    const unit = item.rule === null ? null : unitOfRule[item.rule];
    return new XmlElement(child.name, unit ? ['unit', unit] : [], value === '' ? [] : [value]);
  }
  const row = item.childRow.includes('{')
    ? item.childRow.replace(/\{(\w+)\}/g, (_, name: string) => parent.attribute(name) ?? '')
    : item.childRow;
  return applyShape(shapes, child, row, item.keepEmpty);
}

// virXMLPropEnum and its relatives.
function checkWord(item: Item, value: string | null, where: XmlElement): void {
  if (value === null) {
    if (!item.required) return;
    throw xmlError(`Missing required attribute '${item.name}' in element '${where.name}'`);
  }
  const wrong = (): string => `Invalid value for attribute '${item.name}' in element '${where.name}': '${value}'.`;
  if (item.number && parseUint32(value) === null) throw xmlError(`${wrong()} Expected non-negative integer value`);
  if (item.words === null || item.words.has(value)) return;
  const rule = item.wordRule;
  if (rule === null) throw xmlError(wrong());
  const detail = rule.detail.replace('%s', () => value);
  throw new LibvirtError(rule.code, detail, { domain: rule.domain ?? ErrorDomain.Domain });
}

/** An error of reading one XML value, as libvirt's XML helpers raise it. */
export function xmlError(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.XmlError, detail, { domain: ErrorDomain.Xml });
}

const unitOfRule: Readonly<Record<string, string>> = { kib: 'KiB', bytes: 'bytes' };

function valueOf(shapes: Shapes, rule: string | null, text: string, where: XmlElement, name: string): string | null {
  if (rule === null) return text;
  const apply = shapes.values[rule];
  if (apply === undefined) throw new Error(`no value rule '${rule}'`);
  return apply(text, where, name);
}

function itemsOf(shapes: Shapes, row: string): readonly Item[] {
  let rows = compiled.get(shapes);
  if (rows === undefined) compiled.set(shapes, (rows = new Map()));
  const known = rows.get(row);
  if (known !== undefined) return known;
  // A row's name may come from the document, so only rows that exist are remembered.
  if (!Object.hasOwn(shapes.rows, row)) return noItems;
  const text = shapes.rows[row] as string;
  const items = text
    .split(/\s+/)
    .filter(Boolean)
    .map((token) => parseItem(shapes, row, token));
  rows.set(row, items);
  return items;
}

function parseItem(shapes: Shapes, row: string, token: string): Item {
  const match = /^(@?)([\w-]*)([*!$%]*)(?::([\w-]+))?(?:=(.*))?$/.exec(token);
  if (match === null) throw new Error(`bad item '${token}' in a row`);
  const name = match[2] as string;
  const marks = match[3] as string;
  const given = match[5] ?? null;
  const key = `${row}@${name}`;
  const rule = shapes.words[key];
  const own = `${row}/${name}`;
  return {
    attribute: match[1] === '@',
    name,
    many: marks.includes('*'),
    keepEmpty: marks.includes('!'),
    textOnly: marks.includes('$'),
    verbatim: marks.includes('%'),
    rule: match[4] ?? null,
    given,
    childRow: given ?? (Object.hasOwn(shapes.rows, own) ? own : name),
    required: shapes.required.has(key),
    number: shapes.numbers?.has(key) === true,
    words: rule === undefined ? null : new Set((typeof rule === 'string' ? rule : rule.words).split(' ')),
    wordRule: typeof rule === 'object' ? rule : null,
  };
}
