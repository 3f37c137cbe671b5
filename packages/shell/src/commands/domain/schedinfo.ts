// schedinfo: prints or changes the parameters of a domain's scheduler.
import type { TypedParameterInput, TypedParameters, TypedValue } from 'virtwire';
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { parseInteger } from '../../numbers.ts';
import { number, words } from '../../option.ts';
import { hasParameters, parameterLines } from '../../tunables.ts';

export const schedinfo = command({
  description: 'Prints the parameters of the scheduler of the domain, or changes them.',
  options: {
    domain: anyDomain,
    weight: number('weight, for Xen', { named: true }),
    cap: number('limit, for Xen', { named: true }),
    current: affectOptions.current,
    config: affectOptions.config,
    live: affectOptions.live,
    set: words('parameter=value'),
  },
  async run(shell, args) {
    const affects = affectsOf(args);
    const flags = affectFlags(affects);
    const domain = await findDomain(shell, args.text('domain'));
    const line = (name: string) => shell.print(`${'Scheduler'.padEnd(15)}: ${name}\n`);
    const { type, parameterCount } = await domain.getSchedulerType().catch((thrown) => {
      line('Unknown');
      throw thrown;
    });
    line(type);
    if (parameterCount === 0) return;
    const named = flags !== 0 || affects.current;
    const read = () =>
      attempt(
        named
          ? domain.getSchedulerParametersFlags(parameterCount, flags)
          : domain.getSchedulerParameters(parameterCount),
        null,
      );
    const present = await read();
    const weight = args.int('weight');
    const cap = args.int('cap');
    const given = [
      ...(weight === undefined ? [] : [`weight=${weight}`]),
      ...(cap === undefined ? [] : [`cap=${cap}`]),
      ...args.words('set'),
    ];
    const wanted = readSettings(present, given);
    let shown = present;
    if (hasParameters(wanted)) {
      await attempt(
        named ? domain.setSchedulerParametersFlags(wanted, flags) : domain.setSchedulerParameters(wanted),
        null,
      );
      shown = await read();
    } else if (affects.live && affects.config) {
      fail('cannot query both live and config at once');
    }
    shell.print(parameterLines(shown));
  },
});

// Values get the types that the parameters have.
function readSettings(present: TypedParameters, settings: readonly string[]): TypedParameterInput {
  const wanted: Record<string, TypedValue> = {};
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    if (equals < 0) fail('Invalid syntax for --set, expecting name=value');
    const name = setting.slice(0, equals);
    const text = setting.slice(equals + 1);
    const type = present.type(name);
    if (type === undefined) fail(`invalid scheduler option: ${name}`);
    wanted[name] = readValue(name, text, type);
  }
  return wanted;
}

function readValue(name: string, text: string, type: number): TypedValue {
  if (type === 7) return { string: text };
  const whole = parseInteger(text);
  if (whole === null)
    fail(`invalid argument: Invalid value for field '${name}': expected ${TYPE_WORDS[type] ?? 'int'}`);
  if (type === 1) return { int: Number(whole) };
  if (type === 2) return { uint: Number(whole) };
  return type === 3 ? { llong: whole } : { ullong: BigInt.asUintN(64, whole) };
}

// What virTypedParameterAssignFromStr calls the types.
const TYPE_WORDS: Readonly<Record<number, string>> = {
  1: 'int',
  2: 'unsigned int',
  3: 'long long',
  4: 'unsigned long long',
};
