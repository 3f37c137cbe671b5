// Brings node_modules in line with package-lock.json, only when it is not.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linkOwnNode } from './own-node.mjs';
import { root, say, step } from './step.mjs';

const stamp = join(root, 'node_modules', '.cache', 'virtwire', 'installed');

/** Runs `npm ci` when node_modules is absent or was made for another lock file. */
export function ensureInstalled() {
  const why = !existsSync(join(root, 'node_modules'))
    ? 'nothing is installed yet'
    : !existsSync(stamp) || readFileSync(stamp, 'utf8') !== lockDigest()
      ? 'package-lock.json has changed'
      : null;
  if (why === null) {
    say('packages: installed already');
    return;
  }
  // Under the old Node, npm warns once for every workspace that wants a newer one, which is on its way: errors are enough.
  step(`packages: npm ci, because ${why}`, 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  afterInstall();
}

/** What has to follow every install; npm runs it as the `postinstall` script, unless scripts are switched off. */
export function afterInstall() {
  linkOwnNode();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lockDigest());
}

function lockDigest() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}
