// Reads a file of access rules: YAML, every fault told with its line and column.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { type ObjectPattern, parseObjectPattern } from './on.ts';
import { type PermissionSet, permissionsNamed, permissionWords } from './permission-groups.ts';
import { parseWho, type Who } from './who.ts';

/** One rule. */
export interface AccessRule {
  /** `FILE:LINE`. */
  readonly place: string;
  /** What the rule is called; null when it has no name. */
  readonly name: string | null;
  /** Whether it allows or denies. */
  readonly allows: boolean;
  readonly who: readonly Who[];
  readonly permissions: PermissionSet;
  readonly objects: readonly ObjectPattern[];
  /** The words of the file, for people. */
  readonly words: { readonly who: readonly string[]; readonly may: readonly string[]; readonly on: readonly string[] };
}

/** Longest file that is read, in characters. */
const MAX_CHARACTERS = 4_194_304;

const ruleKeys = ['name', 'who', 'may', 'may-not', 'on'];

/**
 * Reads rules.
 *
 * @param path name of the file in places and errors
 * @throws LibvirtError `ConfSyntax` with file, line and column
 */
export function parseRules(text: string, path: string): AccessRule[] {
  if (text.length > MAX_CHARACTERS) throw syntaxError(path, `longer than ${MAX_CHARACTERS} characters`);
  const lines = new LineCounter();
  // Only texts, lists and mappings: no word of a rule turns into a number, a truth value or a date.
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw syntaxError(`${path}:${line}:${col}`, fault.message);
  }
  const reader = new Reader(path, lines);
  const top = document.contents;
  if (top === null) throw syntaxError(path, 'there is no list "rules"; write "rules: []" to deny everything');
  if (!isMap(top)) throw reader.fault(top, 'expected "rules:" with a list of rules');
  const fields = reader.fields(top, ['rules']);
  const list = fields.get('rules');
  if (list === undefined) throw reader.fault(top, 'there is no list "rules"');
  return reader.items(list.value, 'rules').map((node) => readRule(reader, node));
}

function readRule(reader: Reader, node: Node): AccessRule {
  if (!isMap(node)) throw reader.fault(node, 'a rule has the fields name, who, may or may-not, on');
  const fields = reader.fields(node, ruleKeys);
  const may = fields.get('may');
  const mayNot = fields.get('may-not');
  if (may !== undefined && mayNot !== undefined) {
    throw reader.fault(mayNot.key, 'a rule either allows or denies: "may" and "may-not" exclude each other');
  }
  const granted = may ?? mayNot;
  const who = fields.get('who');
  if (who === undefined) throw reader.fault(node, 'the rule does not say who: "who" is missing');
  if (granted === undefined) throw reader.fault(node, 'the rule does not say what: "may" or "may-not" is missing');
  const on = fields.get('on');
  const whoWords = reader.words(who.value, 'who');
  const mayWords = reader.words(granted.value, may === undefined ? 'may-not' : 'may');
  const onWords = on === undefined ? [] : reader.words(on.value, 'on');
  const permissions = new Set<string>();
  for (const word of mayWords) {
    const named = permissionsNamed(word.text);
    if (named === null) throw reader.fault(word.node, `'${word.text}' is no permission${nearest(word.text)}`);
    for (const permission of named) permissions.add(permission);
  }
  const name = fields.get('name');
  return {
    place: reader.line(node),
    name: name === undefined ? null : (reader.words(name.value, 'name')[0]?.text ?? null),
    allows: may !== undefined,
    who: whoWords.map((word) => reader.parsed(word, parseWho)),
    permissions,
    objects:
      on === undefined
        ? [{ kind: null, matches: () => true }]
        : onWords.map((word) => reader.parsed(word, parseObjectPattern)),
    words: {
      who: whoWords.map(({ text }) => text),
      may: mayWords.map(({ text }) => text),
      on: on === undefined ? ['any'] : onWords.map(({ text }) => text),
    },
  };
}

interface Word {
  readonly text: string;
  readonly node: Node;
}

interface Field {
  readonly key: Node;
  readonly value: Node;
}

/** Reads parts of a document, and knows where they stand. */
class Reader {
  private readonly path: string;
  private readonly lines: LineCounter;

  constructor(path: string, lines: LineCounter) {
    this.path = path;
    this.lines = lines;
  }

  line(node: Node): string {
    return `${this.path}:${this.lines.linePos(node.range?.[0] ?? 0).line}`;
  }

  fault(node: Node, detail: string): LibvirtError {
    const { line, col } = this.lines.linePos(node.range?.[0] ?? 0);
    return syntaxError(`${this.path}:${line}:${col}`, detail);
  }

  fields(map: YAMLMap, known: readonly string[]): Map<string, Field> {
    const fields = new Map<string, Field>();
    for (const { key, value } of map.items) {
      const keyNode = key as Node;
      const name = this.text(keyNode, 'a name');
      if (!known.includes(name)) {
        throw this.fault(keyNode, `'${name}' is not known here; known are ${known.join(', ')}`);
      }
      if (value === null) throw this.fault(keyNode, `'${name}' has no value`);
      fields.set(name, { key: keyNode, value: value as Node });
    }
    return fields;
  }

  items(node: Node, name: string): Node[] {
    if (!isSeq(node)) throw this.fault(node, `'${name}' is a list`);
    return node.items as Node[];
  }

  text(node: Node, name: string): string {
    if (!isScalar(node) || typeof node.value !== 'string') throw this.fault(node, `'${name}' is a text`);
    return node.value.trim();
  }

  /** One text, or a list of texts that is not empty. */
  words(node: Node, name: string): Word[] {
    const nodes = isSeq(node) ? (node.items as Node[]) : [node];
    if (nodes.length === 0) throw this.fault(node, `'${name}' is empty`);
    return nodes.map((item) => {
      const text = this.text(item, name);
      if (text === '') throw this.fault(item, `'${name}' is empty`);
      return { text, node: item };
    });
  }

  parsed<T>(word: Word, parse: (text: string) => T | string): T {
    const result = parse(word.text);
    if (typeof result === 'string') throw this.fault(word.node, result);
    return result;
  }
}

function nearest(word: string): string {
  const start = word.slice(0, 3).toLowerCase();
  const similar = permissionWords.filter((known) => known.startsWith(start) || known.includes(word.toLowerCase()));
  return similar.length === 0 ? '' : `; did you mean ${similar.slice(0, 4).join(', ')}?`;
}

function syntaxError(place: string, detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.ConfSyntax, `${place}: ${detail}`, { domain: ErrorDomain.Conf });
}
