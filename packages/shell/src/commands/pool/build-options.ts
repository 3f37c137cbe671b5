// The options of commands that may build a pool while they start it.
import { flag } from '../../option.ts';

/** The three options. */
export const buildOptions = {
  build: flag('build it first'),
  'no-overwrite': flag('fail when it would overwrite data'),
  overwrite: flag('overwrite data that are there'),
};

// virStoragePoolCreateFlags
const CreateFlags = { Build: 1, Overwrite: 2, NoOverwrite: 4 } as const;

interface BuildArguments {
  flag(name: 'build' | 'no-overwrite' | 'overwrite'): boolean;
  exclusive(...names: ('no-overwrite' | 'overwrite')[]): void;
}

/** Gives the flags of virStoragePoolCreate. @throws CommandFailure when they contradict each other */
export function buildFlags(args: BuildArguments): number {
  args.exclusive('overwrite', 'no-overwrite');
  return (
    (args.flag('build') ? CreateFlags.Build : 0) |
    (args.flag('overwrite') ? CreateFlags.Overwrite : 0) |
    (args.flag('no-overwrite') ? CreateFlags.NoOverwrite : 0)
  );
}
