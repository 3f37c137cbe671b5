// Compiles the packages and bundles the programs, and knows whether that is still to be done.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { keepCompiled } from './compiled-code.mjs';
import { ownNode } from './own-node.mjs';
import { pack } from './pack.mjs';
import { root, say, step } from './step.mjs';

/** Packages that become one program each: `src/bin.ts` is bundled into `dist/bundle/bin.js`. */
const PROGRAMS = ['shell', 'daemon', 'pki'];

// Packages that find files beside themselves (WebAssembly, native code) and so cannot move into a bundle. Each is loaded late.
const KEPT_OUTSIDE = ['libxml2-wasm', 'koffi', 'ssh2'];

// The files of the shell. What connects over a unix socket and lists is in few; the rest is loaded by the commands that need it.
const SHELL_PACKS = {
  main: [
    'packages/shell/src/run.ts',
    'packages/shell/src/context.ts',
    'packages/shell/src/lexer.ts',
    'packages/shell/src/open.ts',
    'packages/shell/src/commands/monitor/list.ts',
  ],
  commands: ['packages/shell/src/interactive.ts', 'packages/shell/src/commands'],
};

// The files of the daemon: what starts it and serves its first client is in one.
const DAEMON_PACKS = {
  main: [
    'packages/daemon/src/prepare.ts',
    'packages/daemon/src/claim.ts',
    'packages/daemon/src/daemon.ts',
    'packages/drivers/src/test/index.ts',
  ],
};

const stamp = join(root, 'node_modules', '.cache', 'virtwire', 'built');

/** Builds everything: `dist/` of every package, then the bundles. */
export async function build() {
  const digest = sourceDigest();
  step('build: compile the packages (tsc -b)', ownNode(), [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-b',
    'tsconfig.build.json',
  ]);
  say('build: bundle the programs');
  const { build: bundle } = await import('esbuild');
  const how = { target: 'node22', conditions: ['source'], external: KEPT_OUTSIDE, logLevel: 'warning' };
  await pack('packages/shell/src/bin.ts', 'packages/shell/dist/bundle', SHELL_PACKS, { ...how, cached: ['main'] });
  await pack('packages/daemon/src/bin.ts', 'packages/daemon/dist/bundle', DAEMON_PACKS, { ...how, cached: ['main'] });
  for (const name of PROGRAMS.filter((program) => program !== 'shell' && program !== 'daemon')) {
    const outdir = join(root, 'packages', name, 'dist', 'bundle');
    rmSync(outdir, { recursive: true, force: true });
    await bundle({
      absWorkingDir: root,
      entryPoints: [join('packages', name, 'src', 'bin.ts')],
      outdir,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      ...how,
      chunkNames: 'chunk-[hash]',
      sourcemap: true,
      // Some dependencies are CommonJS and ask for Node's modules by require.
      banner: {
        js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
      },
    });
  }
  await keepCompiled(...['shell', 'daemon'].map((name) => join(root, 'packages', name, 'dist', 'bundle', 'bin.js')));
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

/** Builds when a source has changed since the last build. */
export async function ensureBuilt() {
  const built = PROGRAMS.every((name) => existsSync(join(root, 'packages', name, 'dist', 'bundle', 'bin.js')));
  if (built && existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceDigest()) say('build: up to date');
  else await build();
}

// Names, sizes and times of all sources: what a build depends on, without reading it.
function sourceDigest() {
  const digest = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    digest.update(`${relative(root, path)} ${size} ${mtimeMs}\n`);
  };
  for (const name of readdirSync(join(root, 'packages')).toSorted()) {
    const sources = join(root, 'packages', name, 'src');
    if (!existsSync(sources)) continue;
    for (const entry of readdirSync(sources, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && !entry.name.endsWith('.test.ts')) add(join(entry.parentPath, entry.name));
    }
    add(join(root, 'packages', name, 'package.json'));
  }
  const steps = ['bundle.mjs', 'pack.mjs', 'compiled-code.mjs', 'keep-compiled.cjs'].map((name) => `scripts/${name}`);
  for (const name of ['package-lock.json', 'tsconfig.base.json', 'tsconfig.build.json', ...steps])
    add(join(root, name));
  return digest.digest('hex');
}
