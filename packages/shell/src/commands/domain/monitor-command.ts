// qemu-monitor-command, qemu-agent-command, qemu-attach: past libvirt, to QEMU and the agent themselves.
import { command } from '../../command.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, number, requiredWords, text, word } from '../../option.ts';
import { parseInteger } from '../../numbers.ts';

// VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP
const HMP = 1;

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

// Words that look like JSON members are put together to one command, as virsh does it.
function qmpCommand(given: readonly string[]): string {
  return given.join(' ');
}

export const qemuMonitorCommand = command({
  description: 'Gives a command to the monitor of QEMU.',
  options: {
    domain: runningDomain,
    hmp: flag("the command is in the monitor's own words, not JSON"),
    pretty: flag('lay the answer out over lines'),
    'return-value': flag("print only the answer's value"),
    'pass-fds': text('numbers of file descriptors to hand over, N,M,...', { named: true }),
    cmd: requiredWords('the command'),
  },
  async run(shell, args) {
    args.exclusive('hmp', 'pretty');
    args.exclusive('hmp', 'return-value');
    const domain = await findDomain(shell, args.text('domain'));
    const hmp = args.flag('hmp');
    if (args.text('pass-fds') !== undefined) {
      const { refusePassedFds } = await import('./start.ts');
      refusePassedFds(args.text('pass-fds'));
    }
    const result = await attempt(domain.qemuMonitorCommand(qmpCommand(args.words('cmd')), hmp ? HMP : 0), null);
    if (hmp) {
      shell.print(result);
      return;
    }
    let shown = result;
    if (args.flag('return-value')) {
      let answer: unknown;
      try {
        answer = JSON.parse(result);
      } catch {
        fail('failed to parse QMP reply');
      }
      if (typeof answer !== 'object' || answer === null || !('return' in answer)) {
        fail("Failed to get 'return' member from QMP reply");
      }
      shown = JSON.stringify(answer.return);
    }
    shell.print(`${args.flag('pretty') ? pretty(shown) : shown}\n`);
  },
});

// virDomainQemuAgentCommandTimeoutValues
const TimeoutValues = { Block: -2, Default: -1, NoWait: 0 } as const;

export const qemuAgentCommand = command({
  description: 'Gives a command to the agent in the guest.',
  options: {
    domain: runningDomain,
    timeout: number('seconds to wait for the answer', { named: true }),
    async: flag('do not wait for the answer'),
    block: flag('wait without limit'),
    pretty: flag('lay the answer out over lines'),
    cmd: requiredWords('the command'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const given = args.int('timeout');
    if (given !== undefined && given < 1) fail('timeout must be positive');
    const chosen = [given !== undefined, args.flag('async'), args.flag('block')].filter(Boolean).length;
    if (chosen > 1) fail('timeout, async and block options are exclusive');
    let timeout: number = given ?? TimeoutValues.Default;
    if (args.flag('async')) timeout = TimeoutValues.NoWait;
    if (args.flag('block')) timeout = TimeoutValues.Block;
    const result = await attempt(domain.qemuAgentCommand(args.words('cmd').join(' '), timeout), null);
    if (result !== null) shell.print(`${args.flag('pretty') ? pretty(result) : result}\n`);
  },
});

export const qemuAttach = command({
  description: 'Takes over a process of QEMU that was started without libvirt.',
  options: { pid: word('number of the process') },
  async run(shell, args) {
    const given = args.text('pid');
    const pid = parseInteger(given);
    if (pid === null || pid < 0n || pid >= 2n ** 32n) {
      fail(`Numeric value '${given}' for <pid> option is malformed or out of range`);
    }
    const domain = await attempt(shell.connection.qemuAttach(Number(pid)), `Failed to attach to pid ${pid}`);
    shell.extra(`Domain '${domain.name}' attached to pid ${pid}\n`);
  },
});
