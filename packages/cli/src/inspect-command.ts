/**
 * `permafrost inspect`: what a snapshot holds and where its bytes are. Its cost does not depend on the size of the data, but with `--values`,
 * which reads all of it to say what each field's values take.
 */
import { fieldTypeText, type MeasureOptions } from '@permafrost/core';
import { EXIT_CLEAN } from './exit-codes';
import { sizeText, tableText, wholeText } from './format';
import {
  describeSnapshot,
  type EntityDescription,
  type FieldDescription,
  type SnapshotDescription,
} from './snapshot-description';
import { openTarget } from './target';

export interface InspectCommandOptions {
  readonly values?: boolean;
  readonly json?: boolean;
  readonly signal: AbortSignal;
}

/** The exit code. Throws what keeps the command from running, FILE_CORRUPT of `--values`, and the signal's reason. */
export async function runInspect(target: string, { values, json, signal }: InspectCommandOptions): Promise<number> {
  const { snapshot, generation } = await openTarget(target);
  try {
    const measures = values ? await snapshot.measureFields({ signal, onProgress: progressLines() }) : [];
    const description = describeSnapshot(snapshot, generation, measures);
    process.stdout.write(json ? `${JSON.stringify(description, undefined, 2)}\n` : textOf(description));
  } finally {
    snapshot.close();
  }
  return EXIT_CLEAN;
}

const PROGRESS_INTERVAL_MS = 5_000;

/** Says on stderr every few seconds how far it is: nothing at all for a small file. */
function progressLines(): NonNullable<MeasureOptions['onProgress']> {
  let saidMs = performance.now();
  return ({ entity, field, records, recordCount }) => {
    if (performance.now() - saidMs < PROGRESS_INTERVAL_MS) return;
    saidMs = performance.now();
    process.stderr.write(`${entity}.${field}: ${wholeText(records)} of ${wholeText(recordCount)} records\n`);
  };
}

function textOf(description: SnapshotDescription): string {
  return [
    factsText(description),
    sectionsText(description),
    ...description.entities.map(entityText),
    totalText(description),
  ].join('\n');
}

function factsText({
  path,
  generation,
  createdAt,
  formatVersion,
  size,
  contentHash,
  fingerprint,
  notes,
}: SnapshotDescription): string {
  const facts: [string, string][] = [
    ...(generation === null ? [] : [['generation', String(generation)] as [string, string]]),
    ['created', createdAt],
    ['format', String(formatVersion)],
    ['size', sizeText(size)],
    ['content', contentHash],
    ['fingerprint', fingerprint],
    ...(notes === null ? [] : [['notes', JSON.stringify(notes)] as [string, string]]),
  ];
  return `${path}\n${facts.map(([name, value]) => `  ${name.padEnd(12)} ${value}\n`).join('')}`;
}

function sectionsText({ sections }: SnapshotDescription): string {
  return tableText(
    ['section', 'kind', 'entity', 'member', 'offset', 'bytes', 'items'],
    sections.map(({ name, kind, entity, member, offset, size, items }) => [
      name ?? 'unknown',
      String(kind),
      entity ?? '',
      member ?? '',
      wholeText(offset),
      wholeText(size),
      wholeText(items),
    ]),
    ['left', 'right', 'left', 'left', 'right', 'right', 'right'],
  );
}

function entityText(entity: EntityDescription): string {
  const { name, records, stride, bytesPerRecord } = entity;
  const isMeasured = entity.fields.some(({ values }) => values !== undefined);
  const fields = entity.fields.map((field) => [
    field.name,
    `${fieldTypeText(field)}${field.nullable ? ' or null' : ''}${orderText(field)}`,
    field.slot,
    String(field.offset),
    `${field.slotSize}${field.rankSize === 0 ? '' : ` + ${field.rankSize}`}`,
    wholeText(field.bytes),
    ...(isMeasured ? valuesCells(field) : []),
  ]);
  const relations = entity.relations.map((relation) => [
    relation.name,
    `${relation.kind} ${relation.subtype ?? relation.targets.join(' or ')}${relation.inverse === null ? '' : ` by ${relation.inverse}`}`,
    relation.slot,
    relation.offset === null ? '' : String(relation.offset),
    relation.slotSize === null ? '' : String(relation.slotSize),
    wholeText(relation.bytes),
  ]);
  const otherBytes = wholeText(entity.otherBytesPerRecord * records);
  const others = ['', 'bitmaps and gaps', '', '', String(entity.otherBytesPerRecord), otherBytes];
  const indexes = entity.indexes.map(({ kind, fields: names, isKey, unique, entries, bytes }) => {
    const what = isKey ? 'key' : unique ? 'unique index' : 'index';
    return ['', `${what}: ${names.join(', ')} (${wholeText(entries)} entries)`, kind, '', '', wholeText(bytes)];
  });
  const head = ['member', 'type', 'slot', 'offset', 'slot bytes', 'bytes', ...(isMeasured ? valuesHead : [])];
  const rows = [...fields, ...relations, others, ...indexes].map((row) => head.map((_, column) => row[column] ?? ''));
  const title = `${name}: ${wholeText(records)} records, stride ${stride} bytes, ${bytesPerRecord.toFixed(1)} bytes a record without the heap\n`;
  return (
    title +
    subtypesText(entity) +
    tableText(head, rows, ['left', 'left', 'left', ...head.slice(3).map(() => 'right' as const)])
  );
}

/** ", by en_US.utf8, ranked" */
function orderText({ collation, rankSize }: FieldDescription): string {
  return `${collation === null ? '' : `, by ${collation}`}${rankSize === 0 ? '' : ', ranked'}`;
}

/** One line that says which value of the discriminator makes a record what, with the members that it has beyond its parent. */
function subtypesText({ name, subtypes }: EntityDescription): string {
  if (!subtypes) return '';
  const classes = subtypes.classes.map(
    ({ name: own, value, parent, members }) =>
      `${JSON.stringify(value)} ${own} extends ${parent ?? name}${members.length === 0 ? '' : ` with ${members.join(' and ')}`}`,
  );
  return `by ${subtypes.field}: ${classes.join(', ')}\n`;
}

const valuesHead = ['heap bytes', 'null', 'distinct', 'dedup'];

function valuesCells({ values }: FieldDescription): string[] {
  if (!values) return [];
  const { heapBytes, heapBytesAreExact, emptyShare, distinct, distinctIsExact, dedupRatio } = values;
  return [
    heapBytes === 0 ? '' : `${heapBytesAreExact ? '' : '≤ '}${wholeText(heapBytes)}`,
    emptyShare === 0 ? '' : `${(emptyShare * 100).toFixed(1)} %`,
    `${distinctIsExact ? '' : '≥ '}${wholeText(distinct)}`,
    dedupRatio === 1 ? '' : `${dedupRatio.toFixed(1)} ×`,
  ];
}

function totalText({ size, heapSize, records, entities }: SnapshotDescription): string {
  const inEntities = entities.reduce((sum, { bytes }) => sum + bytes, 0);
  const perRecord = records === 0 ? '' : `, ${(size / records).toFixed(1)} bytes a record`;
  return `total: ${sizeText(size)}, ${wholeText(records)} records${perRecord}\n${tableText(
    ['of it', 'bytes'],
    [
      ...entities.map(({ name, bytes }) => [name, wholeText(bytes)]),
      ['heap', wholeText(heapSize)],
      ['schema, checksums, frame', wholeText(size - inEntities - heapSize)],
    ],
    ['left', 'right'],
  )}`;
}
