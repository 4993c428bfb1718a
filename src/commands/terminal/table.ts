/** A table that grows while it is written: each column is as wide as its widest cell among the first rows, or wider. */
export interface Table {
  /** The lines of these rows; before the first ones the heads. */
  rows(rows: readonly (readonly string[])[]): string;
}

/** Between columns. */
const GAP = "  ";

/** `heads` name the columns; the last has no width of its own. */
export function createTable(heads: readonly string[]): Table {
  const widths = heads.map((head) => head.length);
  let isFirst = true;

  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, index) => cell.padEnd(widths[index] ?? 0));
    return `${padded.join(GAP).trimEnd()}\n`;
  };

  return {
    rows(rows) {
      for (const cells of rows) {
        for (const [index, cell] of cells.entries())
          widths[index] = Math.max(widths[index] ?? 0, cell.length);
      }
      const lines = rows.map(line);
      if (!isFirst) return lines.join("");
      isFirst = false;
      return [line(heads), ...lines].join("");
    },
  };
}
