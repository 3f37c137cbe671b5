// doctor: walks the way to a daemon, tells what each step shows, and says what mends the one that fails.
import type { DoctorStep } from 'virtwire/doctor';
import { command } from '../../command.ts';
import { CommandFailure } from '../../failure.ts';
import { flag, number, text } from '../../option.ts';
import { type Output, processOutput } from '../../output.ts';

export const doctor = command({
  description:
    'Examines each step between here and a daemon: URI, name, address, ssh or TLS, certificates, authentication,\n' +
    'driver. One line tells what a step shows; where one fails, what was seen and what mends it.\n' +
    'Without a URI it examines the default connection. Exit code 0 when the connection can be used.',
  options: {
    uri: text('URI of the connection', { mayBeEmpty: true }),
    json: flag('print one JSON object for each step'),
    timeout: number('seconds that a step may take (default 5)', { named: true }),
    watch: number('seconds to stay and watch the link once it is open', { named: true }),
    'server-config': text('configuration of the daemon, when it is on this host', { named: true }),
  },
  offline: true,
  async run(shell, args) {
    const [{ doctor: examine }, { connectOptions }] = await Promise.all([
      import('virtwire/doctor'),
      import('../../open.ts'),
    ]);
    const [timeout, watch, serverConfiguration] = [
      args.uint('timeout'),
      args.uint('watch'),
      args.text('server-config'),
    ];
    const steps = examine(args.text('uri') ?? shell.uri, {
      ...(await connectOptions(shell.readOnly, args.flag('json') ? questionsAside : undefined)),
      ...(timeout === undefined ? {} : { patienceMs: timeout * 1000 }),
      ...(watch === undefined ? {} : { watchMs: watch * 1000, keepalive: { intervalS: 1, count: 2 } }),
      ...(serverConfiguration === undefined ? {} : { serverConfiguration }),
    });
    let healthy = true;
    const known = new Set<string>(['given', 'uri', 'driver', 'transport', 'fault', 'local']);
    for await (const step of steps) {
      shell.print(args.flag('json') ? `${JSON.stringify(step)}\n` : stepText(step, known));
      for (const name of Object.keys(step.evidence)) known.add(name);
      if (step.state === 'failed') healthy = false;
    }
    if (!healthy) throw new CommandFailure(null);
  },
});

// Whoever reads JSON must not find questions in it.
const questionsAside: Output = {
  stdout: (line) => processOutput.stderr(typeof line === 'string' ? line : new TextDecoder().decode(line)),
  stderr: (line) => processOutput.stderr(line),
};
const MARGIN = 9;
const STAGE = 16;
const states = { ok: 'ok', warning: 'WARNING', failed: 'FAILED' } as const;

/** Writes a step for people. @param known names of evidence that earlier lines have shown */
export function stepText(
  { state, stage, text: shown, evidence, fault, hint }: DoctorStep,
  known: ReadonlySet<string> = new Set(),
): string {
  const lines = [`${states[state].padEnd(MARGIN)}${stage.padEnd(STAGE)}${printable(shown)}`];
  const more = (label: string, line: string) => {
    lines.push(`${' '.repeat(MARGIN)}${label.padEnd(STAGE)}${printable(line)}`);
  };
  if (state === 'failed') {
    for (const [name, value] of Object.entries(evidence)) {
      const seen = valueText(value);
      if (!known.has(name) && seen !== '') more('', `${name}: ${seen}`);
    }
  }
  if (fault !== null) more('cause', fault);
  if (hint !== null) more('mend', hint);
  return `${lines.join('\n')}\n`;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value.trim().replaceAll('\n', ' | ');
  if (Array.isArray(value)) return value.map((each) => valueText(each)).join(', ');
  if (typeof value !== 'object') return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}=${valueText(each)}`)
    .join(' ');
}

// What servers and programs say is shown, but must not steer the terminal.
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, '?');
}
