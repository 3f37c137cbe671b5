// Another machine, reached by ssh: its files, groups and names, by scripts that need no more than a POSIX shell there.
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import { failure } from './failure.ts';
import type { DirectoryWrite, FileState, Machine, MachineFacts, Owner, PlannedFile } from './machine.ts';
import { quoted, runOverSsh, type SshTarget } from './ssh.ts';

/** Gives the machine behind an ssh login. Nothing is contacted before it is needed. */
export function sshMachine(where: SshTarget): Machine {
  return {
    label: where.target,
    facts: () => readFacts(where),
    look: (paths) => look(where, paths),
    read: async (path) => {
      const file = quoted(path);
      const text = await runOverSsh(where, `if [ -e ${file} ]; then echo there; base64 ${file}; else echo none; fi\n`);
      const [state, ...lines] = text.split('\n');
      return state === 'there' ? Buffer.from(lines.join(''), 'base64').toString() : null;
    },
    // Over there, a run is not cut off between two files: it does not depend on the connection any more by then.
    finish: async () => [],
    groupId: async (name) => {
      const line = await runOverSsh(
        where,
        `getent group ${quoted(name)} || grep ${quoted(`^${name}:`)} /etc/group || true\n`,
      );
      const id = Number(line.split(':')[2]);
      if (!Number.isInteger(id)) throw failure(`there is no group '${name}' on ${where.target}`);
      return id;
    },
    write: async (directories, files) => {
      await runOverSsh(where, writeScript(directories, files));
    },
  };
}

async function readFacts(where: SshTarget): Promise<MachineFacts> {
  const text = await runOverSsh(
    where,
    `id -u
printf '%s\\n' "$HOME"
hostname 2>/dev/null || uname -n
echo "names $(hostname -f 2>/dev/null) $(hostname -s 2>/dev/null)"
echo "addresses $(ip -o addr show scope global 2>/dev/null | awk '{print $4}' | tr '\\n' ' ') $(hostname -I 2>/dev/null)"
for account in libvirt-qemu qemu; do id -g "$account" 2>/dev/null && break; done
`,
  );
  const [uid = '', home = '', hostname = '', names = '', addresses = '', guests = ''] = text.split('\n');
  if (
    !/^\d+$/.test(uid) ||
    !home.startsWith('/') ||
    !names.startsWith('names ') ||
    !addresses.startsWith('addresses ')
  ) {
    throw failure(
      `${where.target}: the answer over there is not understood; does its login print something by itself?`,
    );
  }
  const named = [hostname, ...names.split(' ').slice(1), hostOf(where.target)];
  const found = addresses
    .split(' ')
    .slice(1)
    .map((word) => word.split('/')[0] as string);
  return {
    uid: Number(uid),
    home,
    hostname,
    names: [
      ...new Set(
        named.filter((name) => /^[A-Za-z0-9]/.test(name) && isIP(name) === 0 && !name.startsWith('localhost')),
      ),
    ],
    addresses: [
      ...new Set(
        [hostOf(where.target), ...found].filter((word) => isIP(word) !== 0 && !word.toLowerCase().startsWith('fe80:')),
      ),
    ],
    guestGroup: /^\d+$/.test(guests) ? Number(guests) : null,
  };
}

/** The host in `user@host` or `ssh://user@host:port`. */
export function hostOf(target: string): string {
  const bare = target.replace(/^ssh:\/\//, '').replace(/^.*@/, '');
  const bracketed = /^\[(.*)\]/.exec(bare)?.[1];
  return bracketed ?? (target.startsWith('ssh://') ? bare.replace(/:\d+$/, '') : bare);
}

async function look(where: SshTarget, paths: readonly string[]): Promise<Map<string, FileState | null>> {
  if (paths.length === 0) return new Map();
  const script = `look() {
  if [ -f "$1" ]; then kind=file; elif [ -d "$1" ]; then kind=directory; elif [ -e "$1" ]; then kind=other; else echo -; return; fi
  sum=-
  if [ $kind = file ] && [ -r "$1" ]; then sum=$(sha256sum < "$1"); fi
  echo "$kind $(stat -L -c '%a %u %g' "$1") \${sum%% *}"
}
${paths.map((path) => `look ${quoted(path)}\n`).join('')}`;
  const lines = (await runOverSsh(where, script)).split('\n');
  return new Map(
    paths.map((path, index) => {
      const line = lines[index] ?? '';
      if (line === '-') return [path, null];
      const match = /^(file|directory|other) ([0-7]+) (\d+) (\d+) ([0-9a-f]{64}|-)$/.exec(line);
      if (match === null) throw failure(`${where.target}: cannot look at ${path}`);
      const [, kind, mode = '', uid, gid, sum = ''] = match;
      return [
        path,
        {
          kind: kind as FileState['kind'],
          mode: Number.parseInt(mode, 8),
          uid: Number(uid),
          gid: Number(gid),
          digest: sum === '-' ? null : sum,
        },
      ];
    }),
  );
}

// All new contents are on the disk before the first file is replaced, and from then on a lost connection stops nothing. The
// whole script stands in braces: a shell runs nothing of it before it has read all.
function writeScript(directories: readonly DirectoryWrite[], files: readonly PlannedFile[]): string {
  const changed = files.filter(({ action }) => action !== 'mode');
  const fresh = changed.map(({ path }) => ({ path, temporary: `${path}.new-${randomBytes(8).toString('hex')}` }));
  const backups = changed.flatMap(({ backup }) => (backup === null ? [] : [backup]));
  const away = [...fresh.map(({ temporary }) => temporary), ...backups].map(quoted).join(' ');
  const lines = [
    'set -eu',
    'umask 077',
    ...directories.flatMap(({ path, mode, owner }) => [
      `if [ ! -d ${quoted(path)} ]; then`,
      `  (umask 022; mkdir -p ${quoted(dirname(path))})`,
      `  mkdir ${quoted(path)}`,
      ...access(path, mode, owner).map((line) => `  ${line}`),
      'fi',
    ]),
    ...(away === '' ? [] : [`trap ${quoted(`rm -f ${away}`)} EXIT`]),
    ...changed.flatMap(({ content, mode, owner }, index) => {
      const { temporary } = fresh[index] as { temporary: string };
      return [
        `base64 -d > ${quoted(temporary)} <<'END'`,
        ...(Buffer.from(content)
          .toString('base64')
          .match(/.{1,76}/g) ?? []),
        'END',
        ...access(temporary, mode, owner),
        `sync ${quoted(temporary)} 2>/dev/null || sync`,
      ];
    }),
    ...changed.flatMap(({ path, backup }) => {
      if (backup === null) return [];
      return [`ln ${quoted(path)} ${quoted(backup)} 2>/dev/null || cp -p ${quoted(path)} ${quoted(backup)}`];
    }),
    "trap '' HUP INT TERM",
    'trap - EXIT',
    ...fresh.map(({ path, temporary }) => `mv -f ${quoted(temporary)} ${quoted(path)}`),
    ...files.filter(({ action }) => action === 'mode').flatMap(({ path, mode, owner }) => access(path, mode, owner)),
    'sync',
  ];
  return `{\n${lines.join('\n')}\nexit 0\n}\n`;
}

function access(path: string, mode: number, owner: Owner | undefined): string[] {
  const chown = owner === undefined ? [] : [`chown ${owner.uid}:${owner.gid} ${quoted(path)}`];
  return [...chown, `chmod ${mode.toString(8)} ${quoted(path)}`];
}
