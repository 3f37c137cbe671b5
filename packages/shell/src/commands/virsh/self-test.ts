// self-test: checks the tables of commands; prints only what is wrong.
import { type Command, command } from '../../command.ts';
import { fail } from '../../failure.ts';

export const selfTest = command({
  description: 'Checks the tables of commands and options.',
  options: {},
  offline: true,
  async run(_shell, _args, catalog) {
    const seen = new Set<string>();
    for (const group of catalog.groups) {
      for (const [name, entry] of Object.entries(group.commands)) {
        if (seen.has(name)) fail(`command '${name}' exists twice`);
        seen.add(name);
        if (entry.summary === '') fail(`command '${name}' has no summary`);
        checkOptions(name, await entry.load());
      }
    }
  },
});

function checkOptions(name: string, { options, optionAliases = {} }: Command): void {
  const rows = Object.entries(options);
  let optionalSeen = false;
  for (const [index, [option, row]] of rows.entries()) {
    if (row.help === '') fail(`option '${option}' of command '${name}' has no help`);
    const bare = row.kind !== 'bool' && !row.named;
    if (bare && row.required && row.kind !== 'argv' && optionalSeen) {
      fail(`required option '${option}' of command '${name}' comes after an optional one`);
    }
    if (row.kind === 'argv' && index !== rows.length - 1)
      fail(`option '${option}' of command '${name}' is not the last`);
    if (!row.required) optionalSeen = true;
  }
  for (const [alias, target] of Object.entries(optionAliases)) {
    const [option = ''] = target.split('=', 1);
    if (!Object.hasOwn(options, option)) fail(`option '${alias}' of command '${name}' leads to none`);
    if (Object.hasOwn(options, alias)) fail(`option '${alias}' of command '${name}' is an alias and an option`);
  }
}
