// Keeps the house in order: who imports whom, where Node may be used, how long files are, what ARCHITECTURE.md names.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { rings } from './structure/rings.ts';
import { exists, importsOf, readSources, resolveImport, root, type Source } from './structure/sources.ts';

interface Floors {
  readonly packages: Readonly<
    Record<string, { mayImport: string[]; alsoIn?: Record<string, string[]>; node: string[] } | undefined>
  >;
  readonly equals: readonly { folder: string; contract: string[] }[];
  readonly exceptions: readonly { from: string; to: string; why: string }[];
}

/** A longer file has to be named in ARCHITECTURE.md, with the reason. */
const LONG_FILE_LINES = 600;

const floors = JSON.parse(readFileSync(join(root, 'floors.json'), 'utf8')) as Floors;
const sources = readSources();
const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

/** Fails with one sentence a line, which says what is wrong and what would be right. */
function none(sentences: readonly string[]): void {
  assert.ok(sentences.length === 0, `\n${sentences.join('\n')}`);
}

test('a package imports only packages of lower floors', () => {
  const wrong = sources.flatMap((source) => {
    const rule = floors.packages[source.package];
    if (rule === undefined) return [`${source.path}: package ${source.package} has no entry in floors.json`];
    const allowed = [...rule.mayImport, ...(rule.alsoIn?.[source.inside] ?? [])];
    return source.imports
      .filter((name) => ours(name) && !allowed.some((pattern) => covers(pattern, name)))
      .map((name) => `${source.path} imports ${name}, but ${source.package} may import only: ${allowed.join(', ')}`);
  });

  none(wrong);
});

test('a relative import stays inside its package', () => {
  const wrong = arrows()
    .filter(([source, name, to]) => name.startsWith('.') && !to.startsWith(`packages/${source.package}/src/`))
    .map(([source, name]) => `${source.path} reaches out of its package with ${name}: import the package by its name`);

  none(wrong);
});

test('the modules of Node are used only where the package allows it', () => {
  const wrong = sources.flatMap((source) => {
    const places = floors.packages[source.package]?.node ?? [];
    if (places.some((place) => source.inside.startsWith(place))) return [];
    return source.imports
      .filter((name) => name.startsWith('node:'))
      .map(
        (name) =>
          `${source.path} imports ${name}: ${source.package} allows that only in ${places.join(', ') || 'no file'}`,
      );
  });

  none(wrong);
});

test('equals in a folder do not import each other', () => {
  const wrong = floors.equals.flatMap(({ folder, contract }) =>
    arrows().flatMap(([source, , to]) => {
      const from = memberOf(folder, source.path);
      const target = memberOf(folder, to);
      if (from === null || target === null || from === target || from === 'index.ts') return [];
      if (contract.includes(target) || excepted(source.path, to)) return [];
      return [
        `${source.path} imports its sibling ${to}: in ${folder} only index.ts knows all, and each knows only ${contract.join(', ') || 'what lies outside'}`,
      ];
    }),
  );

  none(wrong);
});

test('no ring of imports', () => {
  const edges = new Map<string, string[]>(sources.map(({ path }) => [path, []]));
  for (const [source, , to] of arrows()) if (!excepted(source.path, to)) edges.get(source.path)?.push(to);

  none(rings(edges).map((ring) => `these import each other in a ring: ${ring.join(' -> ')}`));
});

test("a package's index is for others, not for its own files", () => {
  const wrong = arrows()
    .filter(([source, name, to]) => name.startsWith('.') && to === `packages/${source.package}/src/index.ts`)
    .map(([source]) => `${source.path} imports its own package's index.ts: import the file that defines the name`);

  none(wrong);
});

test('an import leads to a file that exists', () => {
  none(
    arrows()
      .filter(([, , to]) => !exists(to))
      .map(([source, name, to]) => `${source.path} imports ${name}, but there is no ${to}`),
  );
});

test('every file begins with the sentence that says what it holds', () => {
  none(
    sources
      .filter(
        ({ lines }) => !/^(?:\/\/ |\/\*\*? ?)\S/.test(lines[0]?.startsWith('#!') ? (lines[1] ?? '') : (lines[0] ?? '')),
      )
      .map(({ path }) => `${path} begins with no comment: say in one sentence which one idea it holds`),
  );
});

test('files are kebab-case and named for what they hold', () => {
  none(
    sources
      .filter(
        ({ inside }) =>
          !/^(?:[a-z0-9-]+\/)*[a-z0-9-]+\.ts$/.test(inside) ||
          /(?:^|\/)(?:utils?|helpers?|common|misc)\.ts$/.test(inside),
      )
      .map(({ path }) => `${path}: name it in kebab-case for what it holds`),
  );
});

test(`a file over ${LONG_FILE_LINES} lines is named in ARCHITECTURE.md`, () => {
  none(
    sources
      .filter(({ lines, path }) => lines.length > LONG_FILE_LINES && !named(path))
      .map(
        ({ path, lines }) =>
          `${path} has ${lines.length} lines: split it, or name it in ARCHITECTURE.md with the reason`,
      ),
  );
});

test('what ARCHITECTURE.md names exists', () => {
  none(
    namedPaths()
      .filter((path) => !exists(path))
      .map((path) => `ARCHITECTURE.md names ${path}, which does not exist`),
  );
});

test('every package is in ARCHITECTURE.md, which stays short', () => {
  assert.ok(architecture.split('\n').length <= 201, 'ARCHITECTURE.md is longer than 200 lines');
  none(
    Object.keys(floors.packages)
      .filter((name) => !architecture.includes(`\`${name}\``))
      .map((name) => `ARCHITECTURE.md does not tell of package ${name}`),
  );
});

test('links in the documents lead to files that exist', () => {
  const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/performance.md'];
  const wrong = documents.filter(exists).flatMap((document) =>
    [...readFileSync(join(root, document), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !exists(join(dirname(document), target)))
      .map((target) => `${document} links to ${target}, which does not exist`),
  );

  none(wrong);
});

test('imports are found in every form', () => {
  const text = `import a from 'a';\nimport type { b } from "b";\nimport {\n  c,\n} from './c.ts';\nimport './d.ts';
export * from 'e';\nexport { f } from 'f';\nexport const x = await import('g');\nexport const text = 'import h';\n`;

  assert.deepEqual(importsOf(text), ['a', 'b', './c.ts', './d.ts', 'e', 'f', 'g']);
});

test('rings are found, and only rings', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', ['e']],
    ['e', []],
    ['f', ['f']],
  ]);

  assert.deepEqual(rings(graph), [['a', 'b', 'c'], ['f']]);
});

// All imports that stay within the packages: the file, the specifier, the file behind it.
function arrows(): [Source, string, string][] {
  return sources.flatMap((source) =>
    source.imports.flatMap((name): [Source, string, string][] => {
      const to = resolveImport(source, name);
      return to === null ? [] : [[source, name, to]];
    }),
  );
}

function ours(name: string): boolean {
  return name === 'virtwire' || name.startsWith('virtwire/') || name.startsWith('@virtwire/');
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function excepted(from: string, to: string): boolean {
  return floors.exceptions.some((exception) => exception.from === from && exception.to === to);
}

// The file or folder directly in `folder` that a path belongs to, or null when it lies elsewhere.
function memberOf(folder: string, path: string): string | null {
  return path.startsWith(`${folder}/`) ? (path.slice(folder.length + 1).split('/')[0] ?? null) : null;
}

// Paths in backticks; those inside a package are written without `packages/`.
function namedPaths(): string[] {
  return [...architecture.matchAll(/`([\w.@*-]+(?:\/[\w.@*-]+)*\/?)`/g)]
    .map((match) => match[1] ?? '')
    .filter((name) => name.includes('/') && !name.startsWith('@') && !name.startsWith('node:'))
    .map((name) => (Object.hasOwn(floors.packages, name.split('/')[0] ?? '') ? `packages/${name}` : name));
}

function named(path: string): boolean {
  return namedPaths().includes(path);
}
