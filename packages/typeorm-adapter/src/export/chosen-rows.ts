/**
 * A SELECT of an export cut down to chosen records. A COPY takes no parameters, so their keys stand in its text, some thousands at a time.
 */
import { type RankedAmong, rankedSelect } from '@permafrost/postgres';
import type { Closure } from './closure';
import type { ExportPlan, TableCopy } from './export-plan';

/** Keys in the text of one statement. */
const CHUNK_COUNT = 50_000;
/** The same where ranks are read: those of one statement are ranks among all of its rows, so one statement for all of them is cheapest. */
const RANKED_CHUNK_COUNT = 1_000_000;

/** Quotes text as a literal of SQL; a client of node-postgres does. */
export type EscapeLiteral = (text: string) => string;

export interface ChosenRows {
  /** How many SELECTs there are. */
  readonly count: number;
  readonly selects: Iterable<string>;
}

/** The SELECTs that give a copy's rows: of an entity its chosen records, of a join table the pairs whose owner is chosen. */
export function chosenRows(
  copy: TableCopy,
  closure: Closure | undefined,
  plan: ExportPlan,
  escapeLiteral: EscapeLiteral,
): ChosenRows {
  const keys = closure ? closure.get(copy.entity) : 'all';
  if (keys === 'all') return { count: 1, selects: [rankedSelect(copy.sql, copy.columns.length, copy.ranked)] };
  if (keys === undefined) return { count: 0, selects: [] };
  const chunkCount = copy.ranked.length > 0 ? RANKED_CHUNK_COUNT : CHUNK_COUNT;
  const count = Math.ceil(keys.size / chunkCount);
  // The ranks of several statements only agree as ranks among all records.
  const among = count === 1 ? { once: true } : { of: copy.sql };
  return { count, selects: rankedSelects(selectsOf(copy, keys.chunks(chunkCount), plan, escapeLiteral), copy, among) };
}

function* rankedSelects(
  selects: Iterable<string>,
  { columns, ranked }: TableCopy,
  among: RankedAmong,
): Generator<string> {
  for (const sql of selects) yield rankedSelect(sql, columns.length, ranked, among);
}

function* selectsOf(
  copy: TableCopy,
  chunks: Iterable<readonly string[][]>,
  plan: ExportPlan,
  escapeLiteral: EscapeLiteral,
): Generator<string> {
  const names = copy.columns.map((_, position) => `c${position}`);
  const types = plan.keyTypesOf(copy.entity);
  const conditions = types.map((_, part) => `selected.c${keyPosition(copy, part)} = chosen.k${part}`);
  const keyNames = types.map((_, part) => `k${part}`);
  for (const chunk of chunks) {
    const lists = types.map((type, part) => `CAST(${escapeLiteral(arrayText(chunk[part]!))} AS ${type}[])`);
    yield `SELECT selected.* FROM (\n${copy.sql}\n) AS selected (${names.join(', ')})
JOIN unnest(${lists.join(', ')}) AS chosen (${keyNames.join(', ')}) ON ${conditions.join(' AND ')}`;
  }
}

/** Which column of a copy holds a part of the key by which its rows are chosen. */
function keyPosition({ entity, columns }: TableCopy, part: number): number {
  return columns.findIndex(({ uses }) =>
    uses.some((use) =>
      use.kind === 'link'
        ? use.side === 'owner' && use.part === part
        : use.kind === 'field' && use.field === entity.key[part],
    ),
  );
}

/** A list as PostgreSQL reads one; every element is quoted. */
function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`;
}
