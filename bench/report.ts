// Turns measured numbers into the table that is printed and the page that is committed.
import { cpus, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import type { Figure } from './figures.ts';

/** One figure with what each round measured. */
export interface Measured {
  readonly group: string;
  readonly figure: Figure;
  readonly libvirt: readonly number[];
  readonly virtwire: readonly number[];
  /** Why there are no numbers. */
  readonly error?: string;
}

/** A line of the report: texts in the order of {@link COLUMNS}. */
export type Line = readonly string[];

export const COLUMNS: Line = ['figure', 'libvirt', 'virtwire', 'ratio', 'goal', 'met'];

/** Middle value of the rounds. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}

/** The line of one figure. */
export function line({ figure, libvirt, virtwire, error }: Measured): Line {
  const { floor, ceiling } = figure;
  const goal = floor !== undefined ? `>= ${round(floor)}` : ceiling !== undefined ? `<= ${round(ceiling)}` : '';
  if (error !== undefined) return [figure.name, '', '', '', goal, error];
  const [theirs, ours] = [median(libvirt), median(virtwire)];
  const ratio = ours / theirs;
  const met = !Number.isFinite(ratio)
    ? ''
    : floor !== undefined
      ? ratio >= floor
      : ceiling !== undefined
        ? ratio <= ceiling
        : '';
  return [
    figure.name,
    range(libvirt, figure.unit),
    range(virtwire, figure.unit),
    Number.isFinite(ratio) ? round(ratio) : '',
    goal,
    met === '' ? '' : met ? 'yes' : 'no',
  ];
}

/** The lines under their header, in columns. */
export function table(lines: readonly Line[]): string {
  const widths = COLUMNS.map((title, i) => Math.max(title.length, ...lines.map((cells) => (cells[i] ?? '').length)));
  return [COLUMNS, ...lines]
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Facts without which numbers mean nothing. */
export interface Circumstances {
  readonly date: string;
  readonly libvirt: string;
  readonly rounds: number;
  readonly secondsPerRate: number;
  /** Output of the `limits` program. */
  readonly limits: Readonly<Record<string, number>>;
}

/** The page for `docs/performance.md`. */
export function page(measured: readonly Measured[], about: Circumstances): string {
  const rows = measured.map((one) => `| ${line(one).join(' | ')} |`);
  const { limits } = about;
  return `# Performance

virtwired beside libvirtd ${about.libvirt} on the same machine, made by \`npm run bench -- --write\` on ${about.date}.

- Machine: ${machine()}; Node ${process.version}.
- Its own limits: a 64-byte ping-pong between two C processes takes ${limits['unix_ping_pong_us']} us over a unix socket and
  ${limits['tcp_ping_pong_us']} us over tcp; 256 KiB writes move ${limits['unix_mb_per_s']} and ${limits['tcp_mb_per_s']} MB/s.
- Each figure is the median of ${about.rounds} rounds (smallest to largest in brackets), ${about.secondsPerRate} s a round for rates, the two daemons
  in turns. Only ratios say something: the absolute numbers of a virtual machine move by a factor of two between minutes.
- "Pinned" rows (the first ones) keep daemon and client on one processor. "C client" is libvirt's own library, which is
  often what limits; the raw client costs little, so that the daemon is measured.
- Rows that begin with "client" compare libvirt's client library with ours, both on libvirtd; "shell" rows compare virsh on libvirtd
  with virtwire on virtwired; all others compare the daemons. Our client is measured as it is installed,
  compiled, after 0.3 s in which its code gets warm.
- The goal is a ratio, virtwire over libvirt; for times and memory, less is better.

| ${COLUMNS.join(' | ')} |
|${COLUMNS.map(() => ' --- ').join('|')}|
${rows.join('\n')}
`;
}

function machine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  return `${cpus().length} x ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${kernel}`;
}

function range(values: readonly number[], unit: string): string {
  if (values.length === 0) return '';
  const text = `${round(median(values))} ${unit}`;
  return values.length === 1 ? text : `${text} [${round(Math.min(...values))}..${round(Math.max(...values))}]`;
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
