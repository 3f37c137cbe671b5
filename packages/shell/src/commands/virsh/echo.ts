// echo: prints its arguments; the tool to see how a command line is cut into words.
import { command } from '../../command.ts';
import { flag, words } from '../../option.ts';

export const echo = command({
  description: 'Prints the arguments again, quoted as asked.',
  options: {
    shell: flag('quote for a command line'),
    xml: flag('escape for XML'),
    split: flag('cut each argument at its commas; two commas stand for one'),
    err: flag('print to standard error'),
    string: words('arguments to print'),
  },
  offline: true,
  run(shell, args) {
    args.exclusive('shell', 'split');
    args.exclusive('xml', 'split');
    const texts = args.words('string').map((word) => {
      const text = args.flag('xml') ? escapeXml(word) : word;
      return args.flag('shell') ? quoteForShell(text) : text;
    });
    // Each part of a split argument ends its line.
    const parts = args.flag('split') ? texts.map((text) => `${splitAtCommas(text).join('\n')}\n`) : texts;
    const joined = parts.join(' ');
    if (args.flag('err')) shell.error(joined);
    else shell.print(joined);
  },
});

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** Quotes a word for a POSIX shell, only when it needs it (virBufferEscapeShell). */
function quoteForShell(text: string): string {
  if (text !== '' && !/[\r\t\n !"#$&'()*;<>?[\\\]^`{|}~]/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Cuts at commas; two commas stand for one (vshStringToArray). */
function splitAtCommas(text: string): string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char !== ',') parts[parts.length - 1] += char;
    else if (text[at + 1] === ',') {
      parts[parts.length - 1] += ',';
      at += 1;
    } else parts.push('');
  }
  return parts;
}
