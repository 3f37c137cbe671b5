// The place where Node runs: its environment, user, files.
import { access as accessBack, readFile as readFileBack } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { type AuthFile, emptyAuthFile, MAX_AUTH_FILE_BYTES, parseAuthFile } from '../auth-file.ts';
import { type ClientConfig, emptyConfig, parseClientConfig } from '../config.ts';
import type { Host } from '../host.ts';
import { keptFile } from './kept-file.ts';

// node:fs/promises would bring readline and more along, two milliseconds of each start of a program.
const access = promisify(accessBack);
const readFile = promisify(readFileBack);

/** Makes the description of this process's place. @param env environment to decide by */
export function nodeHost(env: Readonly<Record<string, string | undefined>> = process.env): Host {
  const uid = process.geteuid?.() ?? null;
  const home = () => env['HOME'] || homedir();
  const userFile = (name: string) => join(env['XDG_CONFIG_HOME'] || join(home(), '.config'), 'libvirt', name);
  return {
    env,
    uid,
    get runtimeFolder() {
      return join(env['XDG_RUNTIME_DIR'] || env['XDG_CACHE_HOME'] || join(home(), '.cache'), 'libvirt');
    },
    readConfig: () => readConfig(uid === 0 ? '/etc/libvirt/libvirt.conf' : userFile('libvirt.conf')),
    readAuthFile: (given) => {
      const named = env['LIBVIRT_AUTH_FILE'] ?? given;
      const places = named === null ? [userFile('auth.conf'), '/etc/libvirt/auth.conf'] : [named];
      return readAuthFile(places, named !== null);
    },
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
  };
}

// The first file that is there counts. One that was named has to be there.
async function readAuthFile(paths: readonly string[], mustExist: boolean): Promise<AuthFile> {
  for (const path of paths) {
    try {
      const content = await readFile(path);
      if (content.length > MAX_AUTH_FILE_BYTES) {
        throw new LibvirtError(ErrorCode.ConfSyntax, `${path}: file is longer than ${MAX_AUTH_FILE_BYTES} bytes`, {
          domain: ErrorDomain.Auth,
        });
      }
      return parseAuthFile(content.toString('utf8'), path);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (!mustExist && (code === 'ENOENT' || code === 'ENOTDIR')) continue;
      if (thrown instanceof LibvirtError) throw thrown;
      throw new LibvirtError(ErrorCode.SystemError, null, {
        message: `Failed to open file '${path}': ${systemErrorText(thrown as NodeJS.ErrnoException)}`,
        domain: ErrorDomain.Auth,
        cause: thrown,
      });
    }
  }
  return emptyAuthFile;
}

const readConfig = keptFile(async (path): Promise<ClientConfig> => {
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
});
