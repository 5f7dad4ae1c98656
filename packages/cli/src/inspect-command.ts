/** `permafrost inspect`: what a snapshot holds and where its bytes are. Its cost does not depend on the size of the data. */
import { fieldTypeText } from '@permafrost/core';
import { EXIT_CLEAN } from './exit-codes';
import { sizeText, tableText, wholeText } from './format';
import { describeSnapshot, type EntityDescription, type SnapshotDescription } from './snapshot-description';
import { openTarget } from './target';

/** The exit code. Throws what keeps the command from running. */
export async function runInspect(target: string, options: { readonly json?: boolean }): Promise<number> {
  const { snapshot, generation } = await openTarget(target);
  try {
    const description = describeSnapshot(snapshot, generation);
    process.stdout.write(options.json ? `${JSON.stringify(description, undefined, 2)}\n` : textOf(description));
  } finally {
    snapshot.close();
  }
  return EXIT_CLEAN;
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
  const { name, records, stride, bytesPerRecord, key, keyIndex } = entity;
  const fields = entity.fields.map((field) => [
    field.name,
    `${fieldTypeText(field)}${field.nullable ? ' or null' : ''}`,
    field.slot,
    String(field.offset),
    String(field.slotSize),
    wholeText(field.bytes),
  ]);
  const relations = entity.relations.map((relation) => [
    relation.name,
    `${relation.kind} ${relation.targets.join(' or ')}${relation.inverse === null ? '' : ` by ${relation.inverse}`}`,
    relation.slot,
    relation.offset === null ? '' : String(relation.offset),
    relation.slotSize === null ? '' : String(relation.slotSize),
    wholeText(relation.bytes),
  ]);
  const rest = [
    [
      '',
      'bitmaps and gaps',
      '',
      '',
      String(entity.otherBytesPerRecord),
      wholeText(entity.otherBytesPerRecord * records),
    ],
    ['', `key: ${key.join(', ')}`, keyIndex.name, '', '', wholeText(keyIndex.size)],
  ];
  const title = `${name}: ${wholeText(records)} records, stride ${stride} bytes, ${bytesPerRecord.toFixed(1)} bytes a record without the heap\n`;
  return (
    title +
    tableText(
      ['member', 'type', 'slot', 'offset', 'slot bytes', 'bytes'],
      [...fields, ...relations, ...rest],
      ['left', 'left', 'left', 'right', 'right', 'right'],
    )
  );
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
