/**
 * Splits the text of a pg_dump into its statements and its COPY data, as psql would. Knows quotes, quoted identifiers, E'' strings,
 * dollar quotes, both kinds of comments and psql's own commands (which it leaves out). Joined again, nothing that matters is lost.
 */
export type DumpPart =
  | { kind: 'statement'; sql: string }
  /** `data` are the lines between the COPY statement and its end mark, each with its newline. */
  | { kind: 'copy'; sql: string; data: string };

export function* splitDump(text: string): Generator<DumpPart> {
  let position = 0;
  while (position < text.length) {
    position = skipBlank(text, position);
    if (position >= text.length) return;
    const end = statementEnd(text, position);
    const sql = text.slice(position, end);
    position = end + 1;
    if (!/^COPY\s.*\sFROM\s+stdin\b/is.test(sql)) {
      yield { kind: 'statement', sql };
      continue;
    }
    const dataStart = text.indexOf('\n', position) + 1;
    // The end mark can come at once, when the table is empty.
    const mark = text.startsWith('\\.\n', dataStart) ? dataStart : text.indexOf('\n\\.\n', dataStart) + 1;
    if (mark === 0) throw new Error(`The data of "${sql}" have no end mark: the dump is cut off.`);
    yield { kind: 'copy', sql, data: text.slice(dataStart, mark) };
    position = mark + 3;
  }
}

/** Past white space, comments and lines of psql between statements. */
function skipBlank(text: string, start: number): number {
  const blank = /\s+|--[^\n]*|\\[^\n]*/y;
  for (let position = start; ; ) {
    blank.lastIndex = position;
    if (blank.test(text)) position = blank.lastIndex;
    else if (text.startsWith('/*', position)) position = commentEnd(text, position);
    else return position;
  }
}

/** Position of the semicolon that ends the statement, or the end of the text. */
function statementEnd(text: string, start: number): number {
  // What can hide a semicolon starts with one of these; dollar quotes not within a name, as in "price$a$b".
  const special = /;|--|\/\*|"|'|(?<![\w$])\$(?:[A-Za-z_]\w*)?\$/g;
  special.lastIndex = start;
  for (let match = special.exec(text); match; match = special.exec(text)) {
    const [token] = match;
    if (token === ';') return match.index;
    const after = special.lastIndex;
    if (token === '--') special.lastIndex = endOf(text, '\n', after);
    else if (token === '/*') special.lastIndex = commentEnd(text, match.index);
    else if (token === "'" && /(^|\W)[eE]$/.test(text.slice(Math.max(start, match.index - 2), match.index))) {
      special.lastIndex = escapeStringEnd(text, after);
    }
    // A doubled quote inside ends one string and starts the next: the same for our purpose. A dollar quote ends with its own tag.
    else special.lastIndex = endOf(text, token, after);
  }
  return text.length;
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}

/** PostgreSQL's block comments nest. */
function commentEnd(text: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let match = marks.exec(text); match; match = marks.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return text.length;
}

function escapeStringEnd(text: string, from: number): number {
  for (let position = from; position < text.length; position++) {
    if (text[position] === '\\') position++;
    else if (text[position] === "'") return position + 1;
  }
  return text.length;
}
