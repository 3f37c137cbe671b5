// screenshot: saves a picture of a domain's screen to a file.
import { open, rm } from 'node:fs/promises';
import { command } from '../../command.ts';
import { number, text } from '../../option.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt, CommandFailure, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

export const screenshot = command({
  description: 'Saves a picture of the screen of the domain to a file.',
  options: {
    domain: runningDomain,
    file: text('file to save it to (named after domain and time when left out)'),
    screen: number('number of the screen, 0 when left out'),
  },
  async run(shell, args) {
    const given = args.text('file');
    const screen = args.uint('screen') ?? 0;
    const domain = await findDomain(shell, args.text('domain'));
    const picture = await attempt(domain.screenshot(screen), 'could not take a screenshot of ' + domain.name);
    const path = given ?? `${domain.name}-${localStamp(new Date())}${EXTENSIONS[picture.mime] ?? ''}`;
    const file = await open(path, 'wx', 0o666).catch(async (thrown) => {
      if (thrown.code === 'EEXIST') return { handle: await open(path, 'w').catch(() => null), mine: false };
      return { handle: null, mine: false };
    });
    const handle = 'handle' in file ? file.handle : file;
    if (handle === null) {
      picture.abort();
      fail(`cannot create file ${path}`);
    }
    try {
      for await (const chunk of picture) await handle.writeFile(chunk);
      await picture.finished;
    } catch (thrown) {
      if (!('handle' in file)) await rm(path, { force: true });
      throw new CommandFailure(`could not receive data from domain ${domain.name}`, thrown);
    } finally {
      await handle.close();
    }
    shell.extra(`Screenshot saved to ${path}, with type of ${picture.mime}`);
  },
});

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/x-portable-pixmap': '.ppm',
  'image/jpeg': '.jpg',
};

function localStamp(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date}-${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
