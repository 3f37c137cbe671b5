// The group of commands about the shell itself.
import type { CommandGroup } from '../../command.ts';

/** Commands about the shell itself; virsh's keyword stays, so that `help virsh` is answered. */
export const virshGroup: CommandGroup = {
  title: 'The shell itself',
  keyword: 'virsh',
  commands: {
    cd: { summary: 'go to another folder', load: async () => (await import('./cd.ts')).cd },
    echo: { summary: 'print the arguments, quoted as asked', load: async () => (await import('./echo.ts')).echo },
    exit: { summary: 'leave the shell', load: async () => (await import('./quit.ts')).quit },
    help: { summary: 'tell about commands', load: async () => (await import('./help.ts')).help },
    pwd: { summary: 'print the current folder', load: async () => (await import('./pwd.ts')).pwd },
    quit: { summary: 'leave the shell', load: async () => (await import('./quit.ts')).quit },
    connect: { summary: 'open another connection', load: async () => (await import('./connect.ts')).connect },
    'self-test': {
      summary: 'check the tables of commands',
      hidden: true,
      load: async () => (await import('./self-test.ts')).selfTest,
    },
    complete: {
      summary: 'print what may complete a command line',
      hidden: true,
      load: async () => (await import('./complete.ts')).complete,
    },
  },
};
