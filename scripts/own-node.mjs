// Finds the Node that the repository runs on: the one among its own packages, or the caller's if that is new enough.
import { existsSync, symlinkSync, unlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { root } from './step.mjs';

// The oldest Node that runs TypeScript sources as they are, without a flag.
const OLDEST = [22, 18];

/** Path of the Node that npm installed with the repository, or null where none is published for this platform. */
export function packagedNode() {
  const path = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  return existsSync(path) ? path : null;
}

/**
 * Path of the Node to run the repository with.
 *
 * @throws Error with a sentence for the user when there is none.
 */
export function ownNode() {
  const packaged = packagedNode();
  if (packaged !== null) return packaged;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return process.execPath;
  throw new Error(
    `no Node for ${process.platform}-${process.arch} is among the packages, and this one is ${process.version}: ` +
      `install Node ${OLDEST.join('.')} or newer`,
  );
}

/**
 * Makes `node_modules/.bin/node` the packaged Node, which npm puts first on PATH for every script.
 *
 * npm 10 removes that link again when it drops the package of the other architecture.
 */
export function linkOwnNode() {
  const packaged = packagedNode();
  const bin = join(root, 'node_modules', '.bin');
  const link = join(bin, 'node');
  if (packaged === null || existsSync(link)) return;
  try {
    unlinkSync(link);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  symlinkSync(relative(bin, packaged), link);
}
