// The place where Node runs: its environment, user, files.
import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { emptyConfig, parseClientConfig } from '../config.ts';
import type { Host } from '../host.ts';

/** Makes the description of this process's place. @param env environment to decide by */
export function nodeHost(env: Readonly<Record<string, string | undefined>> = process.env): Host {
  const uid = process.geteuid?.() ?? null;
  const home = env['HOME'] || homedir();
  return {
    env,
    uid,
    runtimeFolder: join(env['XDG_RUNTIME_DIR'] || env['XDG_CACHE_HOME'] || join(home, '.cache'), 'libvirt'),
    readConfig: () => {
      const user = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'libvirt', 'libvirt.conf');
      return readConfig(uid === 0 ? '/etc/libvirt/libvirt.conf' : user);
    },
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
  };
}

async function readConfig(path: string) {
  let content: Uint8Array;
  try {
    content = await readFile(path);
  } catch (thrown) {
    const error = thrown as NodeJS.ErrnoException;
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return emptyConfig;
    throw new LibvirtError(ErrorCode.SystemError, null, {
      message: `Failed to open file '${path}': ${systemErrorText(error)}`,
      domain: ErrorDomain.Conf,
      cause: error,
    });
  }
  return parseClientConfig(content, path);
}
