// Which daemon runs on a machine, and how it is made to listen for tls.
import { parseConfFile } from '@virtwire/conf/file';
import { failure } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { quoted, runOverSsh, type SshTarget } from '../ssh.ts';

/** A daemon as it was found. */
export interface RemoteDaemon {
  readonly name: string;
  /** Unit of systemd whose socket listens for tls; null without systemd. */
  readonly unit: string | null;
  /** Process and its command line; null when it is not running (a socket may start it). */
  readonly process: { readonly pid: number; readonly command: readonly string[] } | null;
  readonly configPath: string;
  /** Text of the configuration; empty when there is none. */
  readonly config: string;
  /** Port for tls. */
  readonly port: number;
  /** True when somebody listens there already. */
  readonly listens: boolean;
}

/** What makes it listen: commands for the machine's shell, and those that take them back. */
export interface ListenerCommands {
  readonly shown: readonly string[];
  readonly script: string;
  readonly undo: string;
}

const DEFAULT_PORT = 16_514;

// Processes that may be a daemon: under its own name, or Node under those that it gives itself.
const CANDIDATES = "grep -slxE 'libvirtd|virtproxyd|virtwired|node|MainThread' /proc/[0-9]*/comm";

// Only processes in the namespaces of the login count: those of containers are others' daemons.
const LOOK = `
systemd=no; [ -d /run/systemd/system ] && systemd=yes
echo "systemd $systemd"
if [ $systemd = yes ]; then
  for unit in virtproxyd-tls.socket libvirtd-tls.socket virtwired.service; do
    if systemctl cat "$unit" > /dev/null 2>&1; then
      echo "unit $unit $(systemctl is-active "\${unit%-tls.socket}.socket" 2> /dev/null || true) $(systemctl is-active "\${unit%-tls.socket}.service" 2> /dev/null || true)"
    fi
  done
fi
own=$(readlink /proc/self/ns/net) mount=$(readlink /proc/self/ns/mnt)
for process in $(${CANDIDATES}); do
  process=\${process%/comm}
  [ "$(readlink $process/ns/net 2> /dev/null)" = "$own" ] || continue
  [ "$(readlink $process/ns/mnt 2> /dev/null)" = "$mount" ] || continue
  command=$(tr '\\0' '\\n' < $process/cmdline 2> /dev/null | base64 | tr -d '\\n')
  [ -n "$command" ] || continue
  echo "process \${process#/proc/} $command"
done
cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk '$4 == "0A" { split($2, a, ":"); print "port " a[length(a)] }'
`;

/**
 * Finds the daemon of a machine: the one that runs, or else one that systemd would start.
 *
 * @throws LibvirtError when there is none
 */
export async function findDaemon(where: SshTarget, machine: Machine): Promise<RemoteDaemon> {
  const seen = parseLook(await runOverSsh(where, LOOK));
  const running = seen.processes.flatMap(({ pid, command }) => {
    const name = daemonName(command);
    return name === null ? [] : [{ name, pid, command }];
  });
  const [process] = running.toSorted((a, b) => rank(a.name) - rank(b.name));
  const unit =
    process === undefined
      ? (seen.units.find(({ active }) => active) ?? seen.units[0])
      : seen.units.find(({ name }) => name.startsWith(process.name));
  const name = process?.name ?? unit?.name.replace(/(-tls\.socket|\.service)$/, '');
  if (name === undefined) {
    throw failure(
      `no libvirt daemon runs on ${where.target}, and systemd has none: install libvirt-daemon-system or virtwire there`,
    );
  }
  const given = process === undefined ? null : configOf(process.command);
  const configPath = given ?? `/etc/libvirt/${name === 'virtproxyd' ? 'virtproxyd' : 'libvirtd'}.conf`;
  const config = (await machine.read(configPath)) ?? '';
  const port = portOf(config, configPath);
  return {
    name,
    unit: unit?.name ?? null,
    process: process === undefined ? null : { pid: process.pid, command: process.command },
    configPath,
    config,
    port,
    listens: seen.ports.has(port),
  };
}

/**
 * What makes a daemon listen, with the certificates and the configuration that are there by now.
 *
 * @throws LibvirtError when nobody could start it
 */
export function listenerCommands({ name, unit, process, listens, port }: RemoteDaemon): ListenerCommands {
  if (listens && process !== null) return reloadCommands(name, process.pid);
  if (unit?.endsWith('-tls.socket')) {
    // A socket unit cannot be started while its service runs without it.
    const shown = [
      `systemctl stop ${name}.service`,
      `systemctl enable --now ${unit}`,
      `systemctl start ${name}.socket`,
    ];
    return { shown, script: `set -e\n${shown.join('\n')}\n`, undo: `systemctl disable --now ${unit}\n` };
  }
  if (unit !== null) {
    const shown = [`systemctl restart ${unit}`];
    return { shown, script: `set -e\n${shown.join('\n')}\n`, undo: `systemctl restart ${unit}\n` };
  }
  if (process === null) throw failure(`${name} does not run, and there is no systemd to start it`);
  const { command, pid } = process;
  const asked = command.some((word) => word === '--listen' || /^-[a-z]*l[a-z]*$/.test(word));
  const wanted = asked ? command : [command[0] as string, ...programWords(command), '--listen', ...optionsOf(command)];
  const words = wanted.map(quoted).join(' ');
  return {
    shown: [`stop process ${pid}`, `start: ${wanted.join(' ')}${listens ? '' : `   (listens on port ${port} then)`}`],
    script: restart(command, words, port),
    undo: restart(wanted, command.map(quoted).join(' '), null),
  };
}

// It listens, and has only to take up new certificates; clients that are connected stay.
function reloadCommands(name: string, pid: number): ListenerCommands {
  const command =
    name === 'virtwired' ? `kill -HUP ${pid}` : `virt-admin -c ${name}:///system server-update-tls ${name}`;
  return { shown: [command], script: `${command}\n`, undo: `${command}\n` };
}

// Stops the process with exactly this command line, starts another one in its place, and waits until it listens.
function restart(old: readonly string[], words: string, port: number | null): string {
  const digest = Buffer.from(`${old.join('\n')}\n`).toString('base64');
  const hex = port?.toString(16).toUpperCase().padStart(4, '0');
  const listening =
    port === null ? 'true' : `cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | grep -q ':${hex} [0-9A-F:]* 0A '`;
  return `
own=$(readlink /proc/self/ns/net)
find_old() {
  for process in $(${CANDIDATES}); do
    process=\${process%/comm}
    [ "$(readlink $process/ns/net 2> /dev/null)" = "$own" ] || continue
    [ "$(tr '\\0' '\\n' < $process/cmdline 2> /dev/null | base64 | tr -d '\\n')" = '${digest}' ] && echo "\${process#/proc/}" && return
  done
}
pid=$(find_old)
if [ -n "$pid" ]; then
  folder=$(readlink "/proc/$pid/cwd")
  kill "$pid"
  for _ in $(seq 100); do [ -e "/proc/$pid" ] || break; sleep 0.1; done
  [ -e "/proc/$pid" ] && { echo "process $pid does not stop" >&2; exit 1; }
  cd "\${folder:-/}"
fi
log=$(mktemp)
setsid ${words} < /dev/null > "$log" 2>&1 &
started=$!
for _ in $(seq 100); do
  ${listening} && break
  sleep 0.1
done
${listening} || { echo "it does not listen: $(tail -n 3 "$log")" >&2; rm -f "$log"; exit 1; }
rm -f "$log"
exit 0
`;
}

interface Look {
  readonly units: readonly { readonly name: string; readonly active: boolean }[];
  readonly processes: readonly { readonly pid: number; readonly command: readonly string[] }[];
  readonly ports: ReadonlySet<number>;
}

function parseLook(text: string): Look {
  const units: { name: string; active: boolean }[] = [];
  const processes: { pid: number; command: string[] }[] = [];
  const ports = new Set<number>();
  for (const line of text.split('\n')) {
    const [kind, first = '', ...rest] = line.split(' ');
    if (kind === 'unit') units.push({ name: first, active: rest.includes('active') });
    if (kind === 'port') ports.add(Number.parseInt(first, 16));
    if (kind === 'process') {
      const command = Buffer.from(rest[0] ?? '', 'base64')
        .toString()
        .split('\n')
        .slice(0, -1);
      processes.push({ pid: Number(first), command });
    }
  }
  return { units, processes, ports };
}

const names = ['virtproxyd', 'libvirtd', 'virtwired'] as const;

function rank(name: string): number {
  return names.findIndex((each) => each === name);
}

// The program itself, or Node with our daemon's script.
function daemonName(command: readonly string[]): string | null {
  const [program = '', script = ''] = [command[0], command.slice(1).find((word) => !word.startsWith('-'))];
  const base = program.replace(/^.*\//, '');
  const direct = names.find((name) => name === base);
  if (direct !== undefined) return direct;
  return base === 'node' && /\/(virtwired|daemon\/(src\/bin\.ts|dist\/(bundle\/)?bin\.js))$/.test(script)
    ? 'virtwired'
    : null;
}

// Node's own options and the script, which stand before those of the daemon.
function programWords(command: readonly string[]): string[] {
  if (!/(^|\/)node$/.test(command[0] ?? '')) return [];
  const script = command.findIndex((word, index) => index > 0 && !word.startsWith('-'));
  return command.slice(1, script + 1);
}

function optionsOf(command: readonly string[]): string[] {
  return command.slice(1 + programWords(command).length);
}

function configOf(command: readonly string[]): string | null {
  for (const [index, word] of command.entries()) {
    if (word === '--config' || word === '-f') return command[index + 1] ?? null;
    if (word.startsWith('--config=')) return word.slice('--config='.length);
  }
  return null;
}

function portOf(config: string, path: string): number {
  const text = parseConfFile(config, { path }).getString('tls_port');
  if (text === null) return DEFAULT_PORT;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw failure(`${path}: the port '${text}' is no number`);
  return port;
}
