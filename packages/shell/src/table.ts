// Tables of cells in virsh's layout (vshTable): columns as wide as their widest cell on the terminal.

/** How a table is written. */
export interface TableOptions {
  /** The titles of the columns; they count for the widths only when they are printed. */
  readonly header: readonly string[] | null;
  /** False when the terminal does not speak UTF-8; then other than ASCII is written as `\xHH`. */
  readonly utf8: boolean;
  /** Cells that one printable character takes: 0, 1 or 2. */
  readonly widthOf: (char: string) => number;
}

interface Cell {
  readonly text: string;
  readonly width: number;
}

/** Writes a table, each line ended. */
export function renderTable(rows: readonly (readonly string[])[], options: TableOptions): string {
  const lines = (options.header === null ? rows : [options.header, ...rows]).map((row) =>
    row.map((cell) => encodeCell(cell, options)),
  );
  const columns = Math.max(0, ...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    lines.reduce((width, line) => Math.max(width, line[column]?.width ?? 0), 0),
  );
  const written = lines.map((line) => {
    const cells = line.map(({ text, width }, column) =>
      column === line.length - 1 ? ` ${text}` : ` ${text}${' '.repeat((widths[column] ?? 0) - width + 2)}`,
    );
    return `${cells.join('')}\n`;
  });
  if (options.header === null) return written.join('');
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 3, 0));
  return `${written[0]}${rule}\n${written.slice(1).join('')}`;
}

const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Cn}\p{Co}\u2028\u2029]/u;

function encodeCell(cell: string, options: TableOptions): Cell {
  if (PLAIN.test(cell)) return { text: cell, width: cell.length };
  let text = '';
  let width = 0;
  const chars = Array.from(cell);
  for (const [index, char] of chars.entries()) {
    const escaped =
      (char === '\\' && chars[index + 1] === 'x') || (char > '~' && !options.utf8) || UNPRINTABLE.test(char);
    if (escaped) {
      const bytes = [...new TextEncoder().encode(char)];
      text += bytes.map(escapeByte).join('');
      width += 4 * bytes.length;
    } else {
      text += char;
      width += char <= '~' ? 1 : options.widthOf(char);
    }
  }
  return { text, width };
}

// libvirt formats a signed char and cuts the result after four characters, so every byte above 127 comes out as ff.
function escapeByte(byte: number): string {
  return `\\x${byte > 127 ? 'ff' : byte.toString(16).padStart(2, '0')}`;
}

/** Tells whether a table needs to know the widths of characters other than ASCII. */
export function needsWidths(rows: readonly (readonly string[])[]): boolean {
  return rows.some((row) => row.some((cell) => /[^\p{ASCII}]/u.test(cell)));
}
