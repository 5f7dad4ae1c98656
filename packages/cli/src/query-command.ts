/**
 * `permafrost query`: a look at some records from the shell, by way of core's queries. Records go to stdout, as a table or one JSON object
 * a line; values are exact: 64-bit integers and decimals as digits, times with their microseconds, bytes as hex.
 */
import {
  type EntitySchema,
  type FieldSchema,
  type FieldType,
  fieldTypeText,
  materialize,
  membersOfSubtype,
  type OpenedSnapshot,
  type OrderTerm,
  pathTextOf,
  type RelationSchema,
  runQuery,
  type Schema,
  type ValueOptions,
} from '@permafrost/core';
import { CliError } from './errors';
import { EXIT_CLEAN } from './exit-codes';
import { type Alignment, tableText } from './format';
import { openTarget } from './target';
import { membersOf, parseCondition, unknownMember } from './where-clause';

export interface QueryCommandOptions {
  readonly where: readonly string[];
  readonly order: readonly string[];
  readonly fields?: readonly string[];
  readonly relations: readonly string[];
  readonly skip: number;
  readonly take: number;
  readonly json?: boolean;
}

/** Characters of a table's cell; `--json` has all. */
const MAX_CELL_LENGTH = 60;

/** The exit code. Throws what keeps the command from running. Cost: a scan of the entity's records, unless the whole key is given. */
export async function runQueryCommand(
  target: string,
  entityName: string,
  options: QueryCommandOptions,
): Promise<number> {
  const { snapshot } = await openTarget(target, { values: exactValues });
  try {
    const entity = queriedEntity(snapshot, entityName);
    const columns = columnsOf(snapshot.schema, entity, options);
    // One more than asked for says whether there are more.
    const ordinals = runQuery(snapshot, {
      entity: entity.name,
      where:
        options.where.length === 0 ? [] : [options.where.map((text) => parseCondition(snapshot.schema, entity, text))],
      order: options.order.map((text) => parseOrder(entity, text)),
      skip: options.skip,
      take: options.take + 1,
    });
    const records = snapshot.byOrdinal.proxiesOf(entity.name, ordinals.subarray(0, options.take)) as ShownRecord[];
    process.stdout.write(options.json ? jsonLines(columns, records) : table(columns, records));
    if (ordinals.length > options.take) process.stderr.write('There are more: see --take and --skip.\n');
  } finally {
    snapshot.close();
  }
  return EXIT_CLEAN;
}

/** The entity as its records have it: a subtype under its own name, with the members of its records alone. Throws ENTITY_UNKNOWN. */
function queriedEntity(snapshot: OpenedSnapshot, name: string): EntitySchema {
  const entity = snapshot.entitySchema(name);
  const subtype = entity.subtypes?.classes.find((candidate) => candidate.name === name);
  if (!subtype) return entity;
  const names = membersOfSubtype(entity, subtype);
  return {
    ...entity,
    name,
    fields: entity.fields.filter((field) => names.has(field.name)),
    relations: entity.relations.filter((relation) => names.has(relation.name)),
  };
}

type ShownRecord = Readonly<Record<string, unknown>>;

interface Column {
  readonly name: string;
  readonly alignment: Alignment;
  readonly json: (record: ShownRecord) => unknown;
  /** For a table: reads no more than it shows. */
  readonly text: (record: ShownRecord) => string;
}

function columnsOf(schema: Schema, entity: EntitySchema, options: QueryCommandOptions): Column[] {
  const names = entity.fields.map(pathTextOf);
  const fields = (options.fields ?? names).map((name): Column => {
    const field = entity.fields.find((candidate) => pathTextOf(candidate) === name);
    if (!field) throw unknownMember(entity, name, names);
    const alignment = isNumeric(field) ? 'right' : 'left';
    return {
      name,
      alignment,
      json: (record) => valueAt(record, field),
      text: (record) => cellText(valueAt(record, field)),
    };
  });
  const relations = options.relations.map((name): Column => {
    const relation = entity.relations.find((candidate) => candidate.name === name);
    if (relation) return relationColumn(schema, relation);
    const known = entity.relations.map((candidate) => candidate.name);
    throw unknownMember(entity, name, known);
  });
  return [...fields, ...relations];
}

function relationColumn(schema: Schema, { name, kind, target, targets, subtype }: RelationSchema): Column {
  const plain = (referred: unknown): unknown => {
    if (!referred) return referred;
    return targets ? { entity: entityNameOf(referred), record: fieldsOf(referred) } : fieldsOf(referred);
  };
  if (kind === 'to-many') {
    /** Undefined where the list is a member of a subtype that the record is not of. */
    const listOf = (record: ShownRecord) => record[name] as readonly unknown[] | undefined;
    return {
      name,
      alignment: 'left',
      json: (record) => {
        const list = listOf(record);
        return list && Array.from(list, plain);
      },
      text: (record) => {
        const count = listOf(record)?.length;
        return count === undefined ? '' : `${count} × ${targets?.join(' or ') ?? subtype ?? target}`;
      },
    };
  }
  return {
    name,
    alignment: 'left',
    json: (record) => plain(record[name]),
    text: (record) => {
      const referred = record[name] as ShownRecord | null | undefined;
      if (!referred) return cellText(referred);
      const entityName = targets ? entityNameOf(referred) : target;
      const { key = [] } =
        schema.entities.find(
          ({ name: candidate, subtypes }) =>
            candidate === entityName || subtypes?.classes.some((known) => known.name === entityName),
        ) ?? {};
      const text = key.map((part) => cellText(referred[part])).join(', ');
      return targets ? `${entityName} ${text}` : text;
    },
  };
}

/** The fields of a record that has any class. */
function fieldsOf(record: unknown): ShownRecord {
  return { ...materialize(record as object, { relations: {} }) } as ShownRecord;
}

/** The entity of a record opened by name: that of the class it was given. A field may be called "constructor", so the prototype is asked. */
function entityNameOf(record: unknown): string {
  return Object.getPrototypeOf(Object.getPrototypeOf(record)).constructor.name;
}

/** What is reached by the path of a field; undefined where an embedded on the way is null. */
function valueAt(record: ShownRecord, { name, path = [name] }: FieldSchema): unknown {
  return path.reduce<unknown>((holder, member) => (holder as ShownRecord | null | undefined)?.[member], record);
}

/** `member`, `member:asc`, `member:desc`; null comes last ascending and first descending, as in PostgreSQL. Throws USAGE and FIELD_UNKNOWN. */
function parseOrder(entity: EntitySchema, text: string): OrderTerm {
  const known = membersOf(entity);
  const [, name, direction = 'asc'] = known.includes(text) ? ['', text] : /^(.*?)(?::(asc|desc))?$/s.exec(text)!;
  if (!known.includes(name!)) {
    const [, member, given] = /^(.*):(.*)$/s.exec(text) ?? [];
    if (member !== undefined && known.includes(member))
      throw new CliError('USAGE', `--order "${text}": expected the direction asc or desc, found "${given}".`);
    throw unknownMember(entity, name!, known);
  }
  return direction === 'asc'
    ? { field: name!, direction: 'ascending', nulls: 'last' }
    : { field: name!, direction: 'descending', nulls: 'first' };
}

function jsonLines(columns: readonly Column[], records: readonly ShownRecord[]): string {
  const line = (record: ShownRecord) => Object.fromEntries(columns.map(({ name, json }) => [name, json(record)]));
  return records.map((record) => `${JSON.stringify(line(record))}\n`).join('');
}

function table(columns: readonly Column[], records: readonly ShownRecord[]): string {
  return tableText(
    columns.map(({ name }) => oneLine(name)),
    records.map((record) => columns.map(({ text }) => oneLine(text(record)))),
    columns.map(({ alignment }) => alignment),
  );
}

function cellText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What a file holds must not move a terminal's cursor: control characters are shown as escapes. */
function oneLine(text: string): string {
  const shown = text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return character === '\n' ? '\\n' : character === '\t' ? '\\t' : `\\u${code}`;
  });
  return shown.length > MAX_CELL_LENGTH ? `${shown.slice(0, MAX_CELL_LENGTH - 1)}…` : shown;
}

function isNumeric(field: FieldSchema): boolean {
  return /^(u?int\d+|float\d+|decimal)$/.test(fieldTypeText(field));
}

/** Values that JSON holds without loss. */
const exactValues: ValueOptions = {
  int64: 'string',
  timestamp: 'microseconds',
  timestamptz: 'microseconds',
  convert: (_entity, field) => {
    const ofValue = exactText(field.type) ?? same;
    const ofElement = (value: unknown) => (value === null ? null : ofValue(value));
    if (field.map !== undefined) {
      const ofKey = exactText(field.map) ?? same;
      return (map) => Array.from(map as Map<unknown, unknown>, ([key, value]) => [ofKey(key), ofElement(value)]);
    }
    if (field.set || field.array) return (values) => Array.from(values as Iterable<unknown>, ofElement);
    return exactText(field.type);
  },
};

/** The BigInts of typed arrays as digits. */
const same = (value: unknown) => (typeof value === 'bigint' ? String(value) : value);

function exactText(type: FieldType): ((value: unknown) => unknown) | undefined {
  switch (type) {
    case 'bytes':
      return (value) => `\\x${(value as Buffer).toString('hex')}`;
    case 'float32':
    case 'float64':
      // JSON has neither; -0 would become 0.
      return (value) => (Object.is(value, -0) ? '-0' : Number.isFinite(value) ? value : String(value));
    case 'date':
      return (value) => (typeof value === 'number' ? infinityText(value > 0) : value);
    case 'timestamp':
      return (value) => timeText(value as bigint, '');
    case 'timestamptz':
      return (value) => timeText(value as bigint, 'Z');
    default:
      return undefined;
  }
}

/** "2024-01-31T12:00:00Z", with as many digits behind the second as there are. */
function timeText(microseconds: bigint, zone: string): string {
  if (microseconds === 2n ** 63n - 1n || microseconds === -(2n ** 63n)) return infinityText(microseconds > 0n);
  const fraction = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const milliseconds = Number((microseconds - fraction) / 1000n);
  if (Math.abs(milliseconds) > 8.64e15) return `${microseconds} µs since 1970`; // beyond what a Date holds
  const digits = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return new Date(milliseconds).toISOString().replace('.000Z', `${digits}${zone}`);
}

function infinityText(isPositive: boolean): string {
  return isPositive ? 'infinity' : '-infinity';
}
