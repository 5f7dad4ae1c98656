/** Many generated queries on one world: each answered by the database and by snapshots of it, each difference cut down to a least one. */
import type { DataSource, EntityMetadata, ObjectLiteral, Repository } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata';
import type { CanonicalOptions } from './canonical';
import { readFacts } from './generate/facts';
import { queries } from './generate/queries';
import { count, emptyHistogram, type Histogram } from './histogram';
import { answerText, isDetermined, type Outcome, printQuery, type Query, runQuery } from './query';
import { reduceQuery, smallerQueries } from './reduce';
import { isDocumentedRefusal } from './refusals';
import { leftOutOf } from './sides';

/** One way to ask a snapshot. */
export interface Side {
  readonly name: string;
  /** Whether it is asked this query, the n-th. Default: each. */
  asks?(metadata: EntityMetadata, query: Query, number: number): boolean;
  /** What counts of its answers, where that is not everything. */
  readonly counted?: Pick<CanonicalOptions, 'isLeftOut' | 'isShownOnly'>;
  answer(metadata: EntityMetadata, query: Query): Promise<Outcome>;
}

export interface CampaignOptions {
  readonly dataSource: DataSource;
  /** What is compared with the database; entities that are not exported are not asked for. */
  readonly sides: readonly Side[];
  readonly metadatas: readonly EntityMetadata[];
  /** Whether the snapshot holds a column. Default: all. */
  readonly isExported?: (column: ColumnMetadata) => boolean;
  readonly seed: number;
  readonly count: number;
  /** Runs this query of the seed alone. */
  readonly only?: number;
  /** Queries that are left out. */
  readonly known?: readonly number[];
  /** Stop looking after so many. */
  readonly mostDifferences?: number;
  readonly onDifference?: (difference: Difference) => void;
}

export interface Difference {
  readonly number: number;
  readonly side: string;
  readonly query: Query;
  /** The least query that still differs, and its answers. */
  readonly reduced: Query;
  readonly live: Outcome;
  readonly ours: Outcome;
}

export interface Campaign {
  readonly queries: number;
  readonly withRows: number;
  readonly failed: number;
  /** "CODE: reason" → times, all documented. */
  readonly refused: Record<string, number>;
  readonly histogram: Histogram;
  readonly differences: readonly Difference[];
}

export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { dataSource, sides, seed, only, mostDifferences = 10, isExported = () => true } = options;
  const facts = await readFacts(dataSource, options.metadatas, isExported);
  const isLeftOut = leftOutOf(options.metadatas, isExported);
  const byName = new Map(facts.map((entity) => [entity.metadata.name, entity.metadata]));
  const large = new Set(facts.filter(({ isLarge }) => isLarge).map((entity) => entity.metadata));
  const repositories = new Map<EntityMetadata, Repository<ObjectLiteral>>();
  const histogram = emptyHistogram(facts);
  const report = {
    queries: 0,
    withRows: 0,
    failed: 0,
    refused: {} as Record<string, number>,
    differences: [] as Difference[],
  };

  const live = (metadata: EntityMetadata, query: Query) => {
    if (!repositories.has(metadata)) repositories.set(metadata, dataSource.getRepository(metadata.target));
    return runQuery(repositories.get(metadata)!, query, { isLeftOut });
  };

  let number = -1;
  for (const query of queries(facts, seed, options.count)) {
    number++;
    if ((only !== undefined && number !== only) || options.known?.includes(number)) continue;
    const metadata = byName.get(query.entity)!;
    if (!isDetermined(metadata, query)) continue;
    const expected = await live(metadata, query);
    report.queries++;
    count(histogram, dataSource, metadata, query);
    if (expected.kind !== 'answered') report.failed++;
    else if (expected.rows > 0) report.withRows++;
    for (const side of sides) {
      if (side.asks && !side.asks(metadata, query, number)) continue;
      const actual = await side.answer(metadata, query);
      if (actual.kind === 'refused' && isDocumentedRefusal(actual)) {
        const reason = `${actual.code}: ${actual.text}`;
        report.refused[reason] = (report.refused[reason] ?? 0) + 1;
      } else if (!isSame(as(side, metadata, query, expected), actual)) {
        const difference = await cutDown(side, metadata, query);
        if (await isEitherError(difference, metadata)) continue;
        report.differences.push(difference);
        options.onDifference?.(difference);
        if (report.differences.length >= mostDifferences) return { ...report, histogram };
      }
    }
  }
  return { ...report, histogram };

  /** The database's answer in the words of the side's. */
  function as({ counted }: Side, metadata: EntityMetadata, query: Query, outcome: Outcome): Outcome {
    if (!counted || outcome.kind !== 'answered') return outcome;
    return { ...outcome, text: answerText(metadata, query, outcome.value, counted) };
  }

  /** Of two errors in one query either may come first: what the snapshot says, the database says once the other is cut away. */
  async function isEitherError(
    { reduced, live: theirs, ours }: Difference,
    metadata: EntityMetadata,
  ): Promise<boolean> {
    if (theirs.kind !== 'failed' || ours.kind !== 'failed') return false;
    const [first, where] = reduced.args;
    const isOfRows =
      /^(sum|average|minimum|maximum)$/.test(reduced.method) && typeof first === 'string' && where !== undefined;
    const ofRows: Query = { ...reduced, method: 'countBy', args: [where] };
    const others = isOfRows ? [ofRows, ...smallerQueries(ofRows)] : smallerQueries(reduced);
    for (const smaller of others) if ((await live(metadata, smaller)).text === ours.text) return true;
    return false;
  }

  async function cutDown(side: Side, metadata: EntityMetadata, query: Query): Promise<Difference> {
    const differs = async (smaller: Query) => {
      if (!isDetermined(metadata, smaller) || side.asks?.(metadata, smaller, 0) === false) return false;
      const [one, other] = [await live(metadata, smaller), await side.answer(metadata, smaller)];
      return (
        !isSame(as(side, metadata, smaller, one), other) && !(other.kind === 'refused' && isDocumentedRefusal(other))
      );
    };
    // Less of a condition on a large table may be all of its rows.
    const reduced = large.has(metadata) ? query : await reduceQuery(query, differs);
    return {
      number,
      side: side.name,
      query,
      reduced,
      live: as(side, metadata, reduced, await live(metadata, reduced)),
      ours: await side.answer(metadata, reduced),
    };
  }
}

/**
 * SQL of TypeORM's own that PostgreSQL refuses, where a snapshot answers: pages of joins that do not select their keys or what orders them, or
 * select that twice; the number of targets of an entity that has an order of its own.
 */
const bugsOfTypeorm =
  /^QueryFailedError: column (reference "\S+" is ambiguous|distinctAlias\.\S+ does not exist|"\S+" must appear in the GROUP BY clause)/;

function isSame(live: Outcome, ours: Outcome): boolean {
  if (live.kind === 'failed' && bugsOfTypeorm.test(live.text)) return true;
  return live.kind === ours.kind && live.text === ours.text;
}

/** The answers are cut to where they begin to differ. */
export function printDifference({ number, side, query, reduced, live, ours }: Difference): string {
  let same = 0;
  while (same < live.text.length && live.text[same] === ours.text[same]) same++;
  const shown = ({ kind, text }: Outcome) => {
    const from = Math.max(0, same - 120);
    return `${kind} ${from > 0 ? '…' : ''}${text.slice(from, same + 160)}${text.length > same + 160 ? '…' : ''}`;
  };
  return [
    `query ${number}, ${side}: ${printQuery(reduced)}`,
    `  database: ${shown(live)}`,
    `  snapshot: ${ours.kind === 'refused' ? `${ours.code} ` : ''}${shown(ours)}`,
    `  cut down from ${printQuery(query)}`,
  ].join('\n');
}
