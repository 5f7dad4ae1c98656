/** What the database calls lower case: asked of its own lower(), a code point at a time, since Unicode's version and the C library differ. */
import type { ObservedLowerCase } from '@permafrost/core';
import type { ColumnCollation } from './column-orders';
import type { ExportTransaction } from './transaction';

/**
 * One pass over the code points of the server's encoding that can be letters with case: 50 ms; and 150 more for `neighbours`. Undefined for
 * encodings of several bytes other than UTF-8, whose characters SQL does not number. Throws EXPORT_FAILED.
 */
export async function observeLowerCase(
  transaction: ExportTransaction,
  { sqlName }: Pick<ColumnCollation, 'sqlName'>,
  { neighbours = false }: { readonly neighbours?: boolean } = {},
): Promise<ObservedLowerCase | undefined> {
  const { serverEncoding } = await transaction.facts();
  const spans = spansOf(serverEncoding);
  if (!spans) return undefined;
  const letters = `(SELECT chr(number) COLLATE "C" AS letter FROM (${numbersIn(spans)}) AS numbers (number)) AS letters`;
  const lower = (text: string) => `lower((${text}) COLLATE ${sqlName}) COLLATE "C"`;
  const lowered = await transaction.readRows(
    `SELECT letter, folded FROM (SELECT letter, ${lower('letter')} AS folded FROM ${letters}) AS folded_letters WHERE folded <> letter`,
  );
  // Behind a letter with case a capital sigma is a final one, also where only what is looked past stands between them.
  const beside = neighbours
    ? await transaction.readRows(
        `SELECT letter, CASE WHEN is_cased THEN 'cased' ELSE 'ignorable' END
           FROM (SELECT letter, right(${lower("' ' || letter || 'Σ'")}, 1) = 'ς' AS is_cased,
                        right(${lower("'a' || letter || 'Σ'")}, 1) = 'ς' AS is_no_obstacle FROM ${letters}) AS neighbours
          WHERE is_cased OR is_no_obstacle`,
      )
    : undefined;
  const [start] = neighbours ? await transaction.readRows(`SELECT ${lower("chr(769) || 'Σ'")}`) : [];
  return {
    lowered: new Map(lowered as [string, string][]),
    ...(beside ? { neighbours: new Map(beside as [string, 'cased' | 'ignorable'][]) } : {}),
    isStartCased: start?.[0] === '\u0301ς',
    isKnown: (codePoint) => spans.some(([first, last]) => codePoint >= first && codePoint <= last),
  };
}

type Span = readonly [first: number, last: number];

/** All of planes 0 and 1 but surrogates, the large blocks of scripts without case, and private use: no other plane has letters with case. */
const unicodeSpans: readonly Span[] = [
  [0x1, 0x2fff],
  [0xa000, 0xabff],
  [0xf900, 0x16fff],
  [0x1bc00, 0x1ffff],
];

function spansOf(serverEncoding: string): readonly Span[] | undefined {
  if (serverEncoding === 'UTF8') return unicodeSpans;
  return serverEncoding === 'SQL_ASCII' ? [[1, 127]] : undefined;
}

function numbersIn(spans: readonly Span[]): string {
  return spans.map(([first, last]) => `SELECT generate_series(${first}, ${last})`).join(' UNION ALL ');
}
