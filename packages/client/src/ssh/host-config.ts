// What OpenSSH's configuration says about one host, as far as ssh in this process follows it.
import {
  expandTokens,
  type SshConfigQuery,
  type SshConfigValue,
  type SshConfigValues,
  wrongConfig,
} from './client-config.ts';

/** What to do with the key of a host that is not known: refuse, ask, take it. */
export type StrictHostKeyChecking = 'yes' | 'ask' | 'accept-new';

/** What the configuration says about a host. Null: nothing. Paths have `~` and tokens as written. */
export interface SshHostConfig {
  readonly hostName: string | null;
  readonly hostKeyAlias: string | null;
  readonly port: number | null;
  readonly user: string | null;
  /** 4 or 6: only addresses of this family; 0 for both. */
  readonly addressFamily: 0 | 4 | 6;
  /** Address of this side; null for whichever fits. */
  readonly bindAddress: string | null;
  /** Seconds that connecting may take; null for as long as the system takes. */
  readonly connectTimeoutS: number | null;
  /** Key files in the order to try them. */
  readonly identityFiles: readonly string[];
  /** True when an agent's keys count only if they are those of the key files. */
  readonly identitiesOnly: boolean;
  /** Socket of the agent, or `none`, or `SSH_AUTH_SOCK`, or a variable `$NAME`. */
  readonly identityAgent: string | null;
  /** Methods of the protocol in the order to try them, those that are switched off left out. */
  readonly methods: readonly string[];
  /** True when the order of the methods was given. */
  readonly methodsGiven: boolean;
  /** Files of known hosts; empty: none at all. */
  readonly userKnownHosts: readonly string[] | null;
  readonly globalKnownHosts: readonly string[] | null;
  readonly strictHostKeyChecking: StrictHostKeyChecking | null;
  /** Hosts to go through, `[user@]host[:port]`, first one first; empty for none. */
  readonly proxyJump: readonly string[];
  /** Program that makes the connection; null for none. */
  readonly proxyCommand: string | null;
}

const methods: readonly string[] = ['publickey', 'keyboard-interactive', 'password'];
// Keywords by which a method can be switched off; the last two mean the same.
const switches: readonly [keyword: string, method: string][] = [
  ['pubkeyauthentication', 'publickey'],
  ['passwordauthentication', 'password'],
  ['kbdinteractiveauthentication', 'keyboard-interactive'],
  ['challengeresponseauthentication', 'keyboard-interactive'],
];

/**
 * Puts values into their forms.
 *
 * @throws LibvirtError `ConfSyntax` for those that have none
 */
export function sshHostConfig(values: SshConfigValues, { host }: SshConfigQuery): SshHostConfig {
  const value = (name: string): SshConfigValue | undefined => values.get(name)?.[0];
  const one = (name: string): string | null => value(name)?.words[0] || null;
  const list = (name: string): readonly string[] | null => {
    const words = value(name)?.words;
    if (words === undefined) return null;
    return words.length === 1 && words[0]?.toLowerCase() === 'none' ? [] : words;
  };
  const choice = <T>(name: string, choices: Readonly<Record<string, T>>): T | null => {
    const found = value(name);
    const word = found?.words[0]?.toLowerCase();
    if (found === undefined || word === undefined) return null;
    if (Object.hasOwn(choices, word)) return choices[word] as T;
    throw wrongConfig(`${found.place}: unsupported value '${found.words[0]}' of ${name}`);
  };
  const yes = (name: string): boolean | null => choice(name, { yes: true, true: true, no: false, false: false });
  const given = one('preferredauthentications')?.split(',') ?? null;
  const off = switches.filter(([keyword]) => value(keyword)?.words[0]?.toLowerCase() === 'no');
  const jump = one('proxyjump');
  const command = one('proxycommand');
  return {
    hostName: one('hostname') === null ? null : expandTokens(one('hostname') ?? '', { h: host }),
    hostKeyAlias: one('hostkeyalias'),
    port: number(value('port'), 65_535),
    user: one('user'),
    addressFamily: choice('addressfamily', { any: 0, inet: 4, inet6: 6 } as const) ?? 0,
    bindAddress: one('bindaddress'),
    connectTimeoutS: duration(value('connecttimeout')),
    identityFiles: (values.get('identityfile') ?? []).flatMap(({ words }) => words.slice(0, 1)).filter(isNamed),
    identitiesOnly: yes('identitiesonly') ?? false,
    identityAgent: one('identityagent'),
    methods: (given ?? methods).filter((method) => !off.some(([, each]) => each === method)),
    methodsGiven: given !== null,
    userKnownHosts: list('userknownhostsfile'),
    globalKnownHosts: list('globalknownhostsfile'),
    strictHostKeyChecking: choice('stricthostkeychecking', {
      yes: 'yes',
      true: 'yes',
      ask: 'ask',
      'accept-new': 'accept-new',
      // ssh goes on with a key that has changed; here that is never done.
      no: 'accept-new',
      false: 'accept-new',
      off: 'accept-new',
    } as const),
    proxyJump: jump === null || jump.toLowerCase() === 'none' ? [] : jump.split(',').map((part) => part.trim()),
    proxyCommand: command === null || command.toLowerCase() === 'none' ? null : command,
  };
}

function isNamed(file: string): boolean {
  return file !== '' && file.toLowerCase() !== 'none';
}

function number(value: SshConfigValue | undefined, most: number): number | null {
  if (value === undefined) return null;
  const word = value.words[0] ?? '';
  if (/^[0-9]{1,9}$/.test(word) && Number(word) >= 1 && Number(word) <= most) return Number(word);
  throw wrongConfig(`${value.place}: bad number '${word}'`);
}

const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

// `90`, `1m30s`.
function duration(value: SshConfigValue | undefined): number | null {
  if (value === undefined) return null;
  const word = (value.words[0] ?? '').toLowerCase();
  if (!/^([0-9]{1,6}[smhdw]?)+$/.test(word)) throw wrongConfig(`${value.place}: bad time '${word}'`);
  let seconds = 0;
  for (const [, count = '', unit = ''] of word.matchAll(/([0-9]+)([smhdw]?)/g))
    seconds += Number(count) * (units[unit] ?? 1);
  return seconds === 0 ? null : seconds;
}
