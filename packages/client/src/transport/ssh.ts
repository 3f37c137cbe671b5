// ssh by the user's own OpenSSH, with its configuration and agent; the far end runs virt-ssh-helper or netcat.
import { processChannel } from '@virtwire/rpc/node';
import { remoteCommand } from '../ssh/remote-command.ts';
import { hostEvidence, sshRoute } from '../ssh/route.ts';
import type { DialTarget, Transport } from './transport.ts';

/** The transport over the program `ssh`. */
export const ssh: Transport = {
  name: 'ssh',
  encrypted: true,
  secure: true,
  dial: async (target, signal) => {
    target.note?.(hostEvidence(target.uri));
    const args = sshArguments(target);
    const program = target.parameters.command ?? 'ssh';
    const env = sshEnvironment(target.host.env);
    // ssh's own failures come before it reads; whatever fails on the other side comes later.
    return processChannel({ program, args, env, leavesUnread: (code) => code === 255 }, signal);
  },
};

/**
 * Gives the arguments of ssh.
 *
 * @throws LibvirtError as `sshRoute`
 * @see virNetSocketNewConnectSSH
 */
export function sshArguments(target: DialTarget): string[] {
  const { uri, parameters } = target;
  const { keyfile, noTty, noVerify } = parameters;
  const command = remoteCommand(sshRoute('ssh', target));
  return [
    ...(uri !== null && uri.port !== 0 ? ['-p', String(uri.port)] : []),
    ...(uri !== null && uri.user !== null ? ['-l', uri.user] : []),
    ...(keyfile === null ? [] : ['-i', keyfile]),
    '-T',
    '-e',
    'none',
    ...(noTty ? ['-o', 'BatchMode=yes'] : []),
    ...(noVerify ? ['-o', 'StrictHostKeyChecking=no'] : []),
    // A host that begins with a dash is no option.
    '--',
    uri?.host ?? 'localhost',
    command,
  ];
}

// What ssh, or a program in its place, may see of the environment (virCommandAddEnvPassCommon and virNetSocket).
const passedOn: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TERM',
  'TMPDIR',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'XDG_RUNTIME_DIR',
  'KRB5CCNAME',
  'SSH_AUTH_SOCK',
  'SSH_ASKPASS',
  'OPENSSL_CONF',
  'DISPLAY',
  'XAUTHORITY',
];

/** Gives the environment of ssh: messages in English, and little of ours. */
export function sshEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = { LC_ALL: 'C' };
  for (const name of passedOn) {
    const value = env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
