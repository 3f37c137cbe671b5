// The sources of the packages and what they import, as the floors test looks at them.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's directory. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A source file of a package, tests left out. */
export interface Source {
  /** From the repository's directory, e.g. `packages/rpc/src/xdr.ts`. */
  readonly path: string;
  /** Folder name of its package, e.g. `rpc`. */
  readonly package: string;
  /** From the package's `src/`, e.g. `node/index.ts`. */
  readonly inside: string;
  readonly lines: readonly string[];
  /** Specifiers of all imports and re-exports, those of types and dynamic ones included. */
  readonly imports: readonly string[];
}

/** Reads all sources of all packages. */
export function readSources(): Source[] {
  return globSync('packages/*/src/**/*.ts', { cwd: root })
    .filter((path) => !path.endsWith('.test.ts'))
    .toSorted()
    .map((path) => {
      const [, name = '', , ...rest] = path.split('/');
      const text = readFileSync(join(root, path), 'utf8');
      return { path, package: name, inside: rest.join('/'), lines: text.split('\n'), imports: importsOf(text) };
    });
}

/** Specifiers that a module names, in order. */
export function importsOf(text: string): string[] {
  const statement = /^(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*(['"])([^'"]+)\1|\bimport\(\s*(['"])([^'"]+)\3/gm;
  return [...text.matchAll(statement)].map((match) => match[2] ?? match[4] ?? '');
}

/**
 * The file in the packages that an import leads to.
 *
 * @returns its path from the repository's directory, or null for what lies outside the packages
 */
export function resolveImport(from: Source, specifier: string): string | null {
  if (specifier.startsWith('.')) return normalize(join(dirname(from.path), specifier));
  const face = faces().get(specifier);
  return face ?? null;
}

let knownFaces: Map<string, string> | undefined;

// Import names of our packages with the file behind each, from their package.json.
function faces(): Map<string, string> {
  if (knownFaces !== undefined) return knownFaces;
  knownFaces = new Map();
  for (const path of globSync('packages/*/package.json', { cwd: root })) {
    const { name, exports } = JSON.parse(readFileSync(join(root, path), 'utf8')) as {
      name: string;
      exports: Record<string, { source: string }>;
    };
    for (const [subpath, { source }] of Object.entries(exports)) {
      knownFaces.set(join(name, subpath), normalize(join(dirname(path), source)));
    }
  }
  return knownFaces;
}

/** Whether a path from the repository's directory, which may hold `*`, names something that exists. */
export function exists(path: string): boolean {
  return path.includes('*') ? globSync(path, { cwd: root }).length > 0 : existsSync(join(root, path));
}
