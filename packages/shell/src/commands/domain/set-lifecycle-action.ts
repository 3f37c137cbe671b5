// set-lifecycle-action: says what happens when the guest shuts down, reboots or crashes.
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { oneOf } from '../../completers.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { word } from '../../option.ts';

// virDomainLifecycle, virDomainLifecycleAction
const TYPES = ['poweroff', 'reboot', 'crash'];
const ACTIONS = ['destroy', 'restart', 'rename-restart', 'preserve', 'coredump-destroy', 'coredump-restart'];

export const setLifecycleAction = command({
  description: 'Says what happens when the guest shuts down, reboots or crashes.',
  options: {
    domain: anyDomain,
    type: word('poweroff, reboot or crash', { complete: oneOf(...TYPES) }),
    action: word('what to do then', { complete: oneOf(...ACTIONS) }),
    ...affectOptions,
  },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const typeName = args.text('type');
    const actionName = args.text('action');
    const type = TYPES.indexOf(typeName);
    if (type < 0) fail(`Invalid lifecycle type '${typeName}'.`);
    const action = ACTIONS.indexOf(actionName);
    if (action < 0) fail(`Invalid lifecycle action '${actionName}'.`);
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.setLifecycleAction(type, action, flags), 'Unable to change lifecycle action.');
  },
});
