/** Numbers, durations and tables as people read them. */

/** 1234567 → "1,234,567". */
export function wholeText(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** "1,424 bytes", "11.8 MiB (12,345,678 bytes)". */
export function sizeText(bytes: number): string {
  const exact = `${wholeText(bytes)} bytes`;
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit} (${exact})`;
  }
  return exact;
}

/** "0.8 s", "12 s", "3 min 20 s", "1 h 5 min". */
export function durationText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export type Alignment = 'left' | 'right';

/** Rows below a head, columns two spaces apart. Lines end without spaces. */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const cell = (text: string, column: number) =>
    alignments[column] === 'right' ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  return lines.map((line) => `${line.map(cell).join('  ').trimEnd()}\n`).join('');
}
