// send-key and send-process-signal: what is sent into the guest.
import { command } from '../../command.ts';
import { oneOf } from '../../completers.ts';
import { anyDomain, runningDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { parseInteger } from '../../numbers.ts';
import { number, requiredWords, text, word } from '../../option.ts';

// virKeycodeSet
const CODE_SETS = ['linux', 'xt', 'atset1', 'atset2', 'atset3', 'os_x', 'xt_kbd', 'usb', 'win32', 'qnum'];
// VIR_DOMAIN_SEND_KEY_MAX_KEYS
const MAX_KEYS = 16;

export const sendKey = command({
  description: 'Presses keys of the guest, all at once.',
  options: {
    domain: runningDomain,
    codeset: text('what the numbers mean, linux when left out', { named: true, complete: oneOf(...CODE_SETS) }),
    holdtime: number('milliseconds that they are held', { named: true }),
    keycode: requiredWords('numbers of keys, or names as KEY_A'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const setName = args.text('codeset') ?? 'linux';
    const holdTime = args.uint('holdtime') ?? 0;
    const set = CODE_SETS.indexOf(setName === 'rfb' ? 'qnum' : setName);
    if (set < 0) fail(`unknown codeset: '${setName}'`);
    const codes: number[] = [];
    for (const given of args.words('keycode')) {
      if (codes.length === MAX_KEYS) fail('too many keycodes');
      const value = keyNumber(given);
      if (value !== null) codes.push(value);
      else codes.push(await namedKey(given, setName));
    }
    await attempt(domain.sendKey(set, holdTime, codes), null);
  },
});

// In any base of C.
function keyNumber(text: string): number | null {
  const value = /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text.replace(/^0(?=\d)/, '0o')) : Number.NaN;
  return value <= 0xffff ? value : null;
}

async function namedKey(name: string, set: string): Promise<number> {
  const { linuxKeys } = await import('../../linux-keys.ts');
  const code = set === 'linux' && Object.hasOwn(linuxKeys, name) ? linuxKeys[name] : undefined;
  if (code === undefined) fail(`invalid keycode: '${name}'`);
  return code;
}

// virDomainProcessSignal
const SIGNALS = [
  'nop hup int quit ill trap abrt bus fpe kill usr1 segv usr2 pipe alrm term stkflt chld cont stop tstp ttin ttou urg xcpu',
  'xfsz vtalrm prof winch poll pwr sys',
]
  .join(' ')
  .split(' ')
  .concat(Array.from({ length: 33 }, (_, index) => `rt${index}`));

export const sendProcessSignal = command({
  description: 'Sends a signal to a process of the guest.',
  options: {
    domain: anyDomain,
    pid: word('number of the process'),
    signame: word('the signal, a number or a name', { complete: oneOf(...SIGNALS) }),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const name = args.text('signame');
    const pidText = args.text('pid');
    const pid = parseInteger(pidText);
    if (pid === null || pid >= 2n ** 63n || pid < -(2n ** 63n)) {
      fail(`Numeric value '${pidText}' for <pid> option is malformed or out of range`);
    }
    const value = parseInteger(name);
    const lower = name.toLowerCase().replace(/^sig_?/, '');
    const signal = value !== null && value >= 0n ? Number(value) : SIGNALS.indexOf(lower);
    if (signal < 0) fail(`malformed signal name: ${name}`);
    await attempt(domain.sendProcessSignal(pid, signal), null);
  },
});
