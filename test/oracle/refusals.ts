/** What a snapshot may refuse, by code and sentence: the table "What is refused" of docs/COMPATIBILITY.md. Any other refusal is a difference. */
import type { Outcome } from './query';

interface DocumentedRefusal {
  readonly code: string;
  readonly reason: RegExp;
  /** As the table has it. */
  readonly row: string;
}

const unsupported = (row: string, reason: RegExp): DocumentedRefusal => ({ code: 'QUERY_UNSUPPORTED', row, reason });

export const documentedRefusals: readonly DocumentedRefusal[] = [
  { code: 'TEXT_ORDER_UNKNOWN', row: 'a text that occurs in no record', reason: /only the database knows its place/ },
  unsupported('SQL', /Raw, which is SQL|(query|sql|createQueryBuilder|create\w+QueryBuilder)\(\)/),
  unsupported('less, greater and between of lists and of JSON', /an order of .* on (jsonb?|.*\[\])\. /),
  unsupported(
    'equality of lists and of JSON in forms that only the database reads',
    /equality of .* on (jsonb?|.*\[\])\. /,
  ),
  unsupported('operands of types that only the database reads', /as an operand for .+\. /),
  unsupported(
    'the order of simple-array and simple-json outside the collation C',
    /the order of text under the collation .* without ranks/,
  ),
  unsupported('equality of types without ranks', /which texts the database calls equal where no ranks were exported/),
  unsupported(
    'an order by JSON, lists and types without ranks',
    /do not order by .+ values, whose order only the database knows/,
  ),
  unsupported(
    'operators of lists on lists of JSON and of intervals, and on what is no list',
    /(operators of lists on json|array\w+ of .* on )/i,
  ),
  unsupported(
    'patterns on bytea, JsonContains and lists of lists on text',
    /((I?Like|JsonContains|Any|In) of .* on|LIKE where the database calls different texts equal)/,
  ),
  unsupported('sum and the like of types that only the database adds', /(sum|average|minimum|maximum)\(\) of /),
  unsupported(
    'the number of targets through composite keys',
    /a comparison with the number of targets of this relation/,
  ),
  unsupported(
    'conditions and orders by computed columns of relations',
    /conditions or an order by a computed column of a relation/,
  ),
  unsupported('the number of distinct values of lists', /do not count distinct \S+ values/),
  unsupported('what was not exported', /what was not exported/),
  unsupported(
    'trees that contradict the parents of their nodes, or go round in a circle',
    /(did not agree with the parents of its nodes|a tree of which a node is below itself)/,
  ),
];

export function isDocumentedRefusal(outcome: Outcome & { kind: 'refused' }): boolean {
  return documentedRefusals.some(({ code, reason }) => outcome.code === code && reason.test(outcome.text));
}
