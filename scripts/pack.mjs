// Bundles a program into few CommonJS files: many chunks in one file, each of them run when it is first asked for.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, join, relative } from 'node:path';
import { root } from './step.mjs';

// Why not the chunks as esbuild splits them: each module of ECMAScript costs Node about a millisecond, and importing from one
// of Node's own modules this way reads all of its properties, some of which load more. Here a chunk costs a function call.

// What comes after the chunks of the first file. A chunk's id names its file and its place: `main:12`. The other files are
// lists of functions; beside some lies the code that V8 made of them in a run like the usual one, which it takes when it is
// of the same build and else ignores.
const LOADER = `
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const files = { bin: chunks };
const scripts = new Map();
const loaded = new Map();
// Packages that stay outside: a module of ECMAScript may wait while it is loaded, so they are there before who needs them.
const packages = new Map();
const here = { get url() { return require('node:url').pathToFileURL(__filename).href; } };
function open(file) {
  const filename = __dirname + '/' + file + '.js';
  const cachedData = cached.has(file) ? readCache(__dirname + '/' + file + '.cache') : undefined;
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
  scripts.set(file, script);
  return script.runInThisContext();
}
function readCache(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
function load(id) {
  const colon = id.indexOf(':');
  if (colon < 0 || id.startsWith('node:')) return packages.get(id) ?? require(id);
  let module = loaded.get(id);
  if (module === undefined) {
    module = { exports: Object.defineProperty({}, '__esModule', { value: true }) };
    const file = id.slice(0, colon);
    const list = (files[file] ??= open(file));
    loaded.set(id, module);
    try {
      list[id.slice(colon + 1)](module, load, later, here, exportAll, toNamespace);
    } catch (thrown) {
      loaded.delete(id);
      throw thrown;
    }
  }
  return module.exports;
}
async function later(id) {
  const colon = id.indexOf(':');
  if (id.startsWith('node:')) return toNamespace(require(id));
  // Scripts cannot import by themselves without a warning of Node's; this file can.
  if (colon < 0) return import(id);
  for (const name of outside[id] ?? []) if (!packages.has(name)) packages.set(name, await import(name));
  return load(id);
}
function exportAll(target, getters) {
  for (const name in getters) Object.defineProperty(target, name, { get: getters[name], enumerable: true });
}
// A module of CommonJS as one of ECMAScript.
function toNamespace(module) {
  if (module?.__esModule) return module;
  const namespace = { default: module };
  for (const name of Object.getOwnPropertyNames(module)) {
    if (name !== 'default') Object.defineProperty(namespace, name, { get: () => module[name], enumerable: true });
  }
  return namespace;
}
module.exports = { cached, scripts };
load('bin:0');
`;

/**
 * Bundles a program.
 *
 * @param entry the file that the program begins with, from the root of the repository
 * @param outdir where to; the program is `bin.js` in it
 * @param packs sources by the name of their file, in the order in which they choose: a file holds the chunks of its sources with
 *   all that they import at once. `bin` comes first and has to hold the entry; a folder stands for all that is in it and is
 *   imported late. What no file wants gets one of its own.
 * @param options.cached files that get their compiled code kept, by `compiled-code.mjs`
 * @param options further options for esbuild
 */
export async function pack(entry, outdir, packs, { cached = [], ...options }) {
  const esbuild = await import('esbuild');
  const { outputFiles, metafile } = await esbuild.build({
    ...options,
    absWorkingDir: root,
    entryPoints: [entry],
    outdir,
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    chunkNames: 'chunk-[hash]',
  });
  const chunks = readChunks(outputFiles, metafile.outputs);
  assign(chunks, entry, packs);

  const files = new Map();
  for (const { id, text } of chunks.values()) {
    const [file, place] = id.split(':');
    if (!files.has(file)) files.set(file, []);
    const linked = text
      .replaceAll(LATE_IMPORT, (_, name) => `__later(${JSON.stringify(idOf(chunks, name))})`)
      .replaceAll(OUTER_IMPORT, '__later(')
      .replaceAll(IMPORT, (_, word, name) => `${word}"${idOf(chunks, name)}"`);
    const { code } = await esbuild.transform(linked, {
      format: 'cjs',
      platform: 'node',
      target: options.target,
      define: { 'import.meta.url': '__here.url' },
    });
    files.get(file)[place] = `(module, require, __later, __here, __export, __toESM) => {\n${withoutHelpers(code)}}`;
  }

  const outside = {};
  for (const chunk of chunks.values()) {
    const names = packagesOf(chunk, chunks);
    if (chunk.entryPoint !== undefined && names.length > 0) outside[chunk.id] = names;
  }

  const folder = join(root, outdir);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  for (const [file, functions] of files) {
    const list = `[\n${functions.join(',\n')}\n]`;
    const head = `#!/usr/bin/env node\n'use strict';\nconst cached = new Set(${JSON.stringify(cached)});\nconst outside = ${JSON.stringify(outside)};\n`;
    const text = file === 'bin' ? `${head}const chunks = ${list};\n${LOADER}` : `'use strict';\n${list};\n`;
    writeFileSync(join(folder, `${file}.js`), text, { mode: file === 'bin' ? 0o755 : 0o644 });
  }
}

// Takes out what esbuild puts into each file anew; the loader gives it to all.
function withoutHelpers(code) {
  const begin = code.indexOf('var stdin_exports = {};\n');
  if (begin < 0) return code;
  const end = '// Annotate the CommonJS export names for ESM import in node:';
  return code
    .slice(begin, code.includes(end) ? code.indexOf(end) : undefined)
    .replace('var stdin_exports = {};\n', 'var stdin_exports = module.exports;\n')
    .replace('module.exports = __toCommonJS(stdin_exports);\n', '');
}

// The only relative imports of a chunk are other chunks, which all lie in one folder.
const IMPORT = /(\bfrom |^import )"\.\/([^"]+)"/gm;
const LATE_IMPORT = /\bimport\("\.\/([^"]+)"\)/g;
const OUTER_IMPORT = /\bimport\((?=")/g;
const BARE_IMPORT = /^import "\.\/([^"]+)";\n/gm;

function idOf(chunks, name) {
  const chunk = chunks.get(name);
  if (chunk === undefined) throw new Error(`${name} is no chunk: a text in the sources looks like an import of one`);
  return chunk.id;
}

// Gives the chunks by their names.
function readChunks(outputFiles, outputs) {
  const texts = new Map(outputFiles.map(({ path, text }) => [relative(root, path), text]));
  const chunks = new Map();
  for (const [path, { entryPoint, inputs }] of Object.entries(outputs)) {
    // Packages of ours say in their package.json that importing a module of theirs does nothing.
    const pure = Object.keys(inputs).every((input) => input.startsWith('packages/'));
    chunks.set(basename(path), { entryPoint, pure, text: texts.get(path).replace(/^#!.*\n/, '') });
  }
  for (const chunk of chunks.values()) {
    // Such imports keep the order of effects where there are none.
    chunk.text = chunk.text.replaceAll(BARE_IMPORT, (line, name) => (chunks.get(name).pure ? '' : line));
    chunk.imports = Array.from(chunk.text.matchAll(IMPORT), ([, , name]) => name);
  }
  return chunks;
}

// Gives the packages that a chunk and all that it imports at once need.
function packagesOf(chunk, chunks, seen = new Set()) {
  if (seen.has(chunk)) return [];
  seen.add(chunk);
  const own = Array.from(chunk.text.matchAll(/(?:\bfrom |^import )"([^."][^"]*)"/gm), ([, name]) => name);
  const names = own.filter((name) => !isBuiltin(name));
  return [...new Set([...names, ...chunk.imports.flatMap((name) => packagesOf(chunks.get(name), chunks, seen))])];
}

// Gives each chunk its id: its file and its place in it. The entry is the first of `bin`.
function assign(chunks, entry, packs) {
  const byEntry = new Map();
  for (const [name, { entryPoint }] of chunks) if (entryPoint !== undefined) byEntry.set(entryPoint, name);
  const counts = new Map();
  const put = (name, file) => {
    const chunk = chunks.get(name);
    if (chunk.id !== undefined) return;
    const count = counts.get(file) ?? 0;
    counts.set(file, count + 1);
    chunk.id = `${file}:${count}`;
    for (const imported of chunk.imports) put(imported, file);
  };
  put(byEntry.get(entry), 'bin');
  for (const [file, sources] of Object.entries(packs)) {
    for (const source of sources) {
      const chosen = [...byEntry.keys()].filter((path) => path === source || path.startsWith(`${source}/`));
      if (chosen.length === 0) throw new Error(`pack ${file}: nothing imports ${source} late`);
      for (const path of chosen) put(byEntry.get(path), file);
    }
  }
  for (const [name, { id }] of chunks) {
    if (id !== undefined) continue;
    chunks.get(name).id = `${basename(name, '.js')}:0`;
  }
}
