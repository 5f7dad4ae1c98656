/** From plain objects (or entity instances) to the setters of a record: the way in for sources that have objects. */
import { describeValue, PermafrostError } from '../../errors';
import { wrongType } from '../../schema/canonical';
import type { PathMember } from '../../schema/embedded';
import { type EntitySchema, type FieldSchema, keyFields, type RelationSchema } from '../../schema/schema';
import { Discriminator } from '../discriminator';
import { type LinkWriter, storesLinks } from '../link-writer';
import type { RecordWriter } from '../record-writer';
import { chosenReference, type ReferenceChoice } from '../relations/polymorphic-references';
import type { ColumnSetter } from '../setters/column-setter';

export type AddableRecord = { readonly [member: string]: unknown };

/** Told of each target of a stored relation, as it is written. */
export type Reached = (target: unknown, relation: RelationSchema) => void;

/**
 * A function that adds one record to `table`. Members are looked up once, here. `abandon` is called before an error when the record is
 * in the table already, but not all of its lists. `as` names the entity, or the subtype that the record is added as.
 */
export function recordAdder(
  table: RecordWriter,
  linksOf: (relation: string) => LinkWriter,
  abandon: () => void,
): (record: AddableRecord, reached?: Reached, as?: string) => void {
  const { entity } = table;
  // Key fields first, so that errors of the others can name the record.
  const isKey = (field: FieldSchema) => entity.key.includes(field.name);
  const fields = [...keyFields(entity), ...entity.fields.filter((field) => !isKey(field))];
  const columns = fields.map((field) => ({
    name: field.name,
    valueIn: valueReader(entity, field),
    setter: table.column(field.name),
  }));
  const references = table.references.filter(({ relation }) => relation.targets === undefined);
  const lists = entity.relations.filter(storesLinks).map((relation) => ({ relation, links: linksOf(relation.name) }));
  const key = keyFields(entity);
  const discriminator = entity.subtypes && new Discriminator(entity);
  return (record, reached, as) => {
    if (typeof record !== 'object' || record === null)
      throw new TypeError(`${entity.name}: expected a record as an object, found ${describeValue(record)}.`);
    table.beginRecord();
    try {
      for (const { name, valueIn, setter } of columns) {
        let value = valueIn(record);
        if (discriminator?.field === name) {
          const place = { entity: entity.name, field: name, key: () => table.currentKey() };
          value = discriminator.valueFor(record, value, as, place);
        }
        if (value !== NOTHING_EMBEDDED) setter.setValue(value);
      }
      for (const { relation, target, setters } of references) {
        const value = memberAt(record, relation);
        setKey(
          setters,
          target,
          value,
          { entity: entity.name, field: relation.name, key: () => table.currentKey() },
          relation.nullable,
        );
        reached?.(value, relation);
      }
      for (const choice of table.choices) {
        const value = setChoice(choice, memberAt(record, choice.relation), table);
        reached?.(value, choice.relation);
      }
    } catch (error) {
      table.cancelRecord();
      throw error;
    }
    table.endRecord();
    try {
      for (const { relation, links } of lists) addLinks(links, entity, key, record, relation, reached);
    } catch (error) {
      abandon();
      throw error;
    }
  };
}

/** Sets the key of a relation to one of several entities, and gives back the record or key that was named. */
function setChoice(choice: ReferenceChoice, value: unknown, table: RecordWriter): unknown {
  const { relation, references } = choice;
  const place = { entity: table.entity.name, field: relation.name, key: () => table.currentKey() };
  const isNothing = value === null || value === undefined;
  const chosen = isNothing ? { reference: references[0]!, value } : chosenReference(choice, value, place);
  setKey(chosen.reference.setters, chosen.reference.target, chosen.value, place, relation.nullable);
  return chosen.value;
}

/** What a field of an embedded has that is null or absent and may be: it stays unset, also where it is not nullable itself. */
const NOTHING_EMBEDDED = Symbol('nothing embedded');

/** A function that finds the value of a field in a record to add. */
function valueReader(entity: EntitySchema, field: FieldSchema): (record: AddableRecord) => unknown {
  const { name, path } = field;
  if (path === undefined) return (record) => memberOf(record, name);
  const holders = path.slice(0, -1).map((holderName, place) => {
    const text = path.slice(0, place + 1).join('.');
    const { nullable } = entity.embeddeds!.find((embedded) => embedded.path.join('.') === text)!;
    return { holderName, text, nullable };
  });
  return (record) => {
    let holder = record;
    for (const { holderName, text, nullable } of holders) {
      const value = memberOf(holder, holderName);
      if (value === null || value === undefined) return nullable ? NOTHING_EMBEDDED : value;
      if (typeof value !== 'object') throw wrongType({ entity: entity.name, field: text }, 'an object', value);
      holder = value as AddableRecord;
    }
    return memberOf(holder, path.at(-1)!);
  };
}

function addLinks(
  links: LinkWriter,
  entity: EntitySchema,
  key: readonly FieldSchema[],
  record: AddableRecord,
  relation: RelationSchema,
  reached: Reached | undefined,
): void {
  const { name } = relation;
  const targets = memberAt(record, relation);
  if (targets === undefined || targets === null) return;
  const keyValues = key.map((field) => memberAt(record, field));
  const place = { entity: entity.name, field: name, key: () => (key.length === 1 ? keyValues[0] : keyValues) };
  if (typeof targets !== 'object' || typeof (targets as Iterable<unknown>)[Symbol.iterator] !== 'function')
    throw wrongType(place, 'a list', targets);
  for (const target of targets as Iterable<unknown>) {
    links.beginLink();
    for (const [part, value] of keyValues.entries()) links.owner[part]!.setValue(value);
    setKey(links.target, links.targetEntity, target, place, false);
    links.endLink();
    reached?.(target, relation);
  }
}

/** A member of a record; what every object inherits under a name such as "valueOf" or "constructor" is not one. */
export function memberOf(record: AddableRecord, name: string): unknown {
  if (!(name in Object.prototype) || Object.hasOwn(record, name)) return record[name];
  if (name === 'constructor') return undefined;
  let holder: object | null = record;
  while (holder !== null && !Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder) as object | null;
  return holder === Object.prototype ? undefined : record[name];
}

/** A member of a record, or of an embedded in it; undefined where that is not there. */
export function memberAt(record: AddableRecord, member: PathMember): unknown {
  if (member.path === undefined) return memberOf(record, member.name);
  let value: unknown = record;
  for (const name of member.path)
    value = typeof value === 'object' && value !== null ? memberOf(value as AddableRecord, name) : undefined;
  return value;
}

/** Sets the key of `target` from a record of it, or from the key itself: a scalar, or a list or object of the parts. */
function setKey(
  setters: readonly ColumnSetter[],
  target: EntitySchema,
  value: unknown,
  place: { entity: string; field: string; key(): unknown },
  nullable: boolean,
): void {
  if (value === null || value === undefined) {
    if (!nullable)
      throw new PermafrostError(
        'VALUE_NULL',
        `${place.entity}.${place.field} (key ${describeValue(place.key())}): it is not nullable, found ${value}.`,
        { entity: place.entity, field: place.field, key: place.key() },
      );
    if (value === null) for (const setter of setters) setter.setNull();
    return;
  }
  const isRecord = typeof value === 'object' && !(value instanceof Date) && !(value instanceof Uint8Array);
  if (!isRecord) {
    if (setters.length !== 1) throw wrongType(place, `a ${target.name} or its key of ${setters.length} parts`, value);
    setters[0]!.setValue(value);
    return;
  }
  if (Array.isArray(value) && value.length !== setters.length) {
    throw wrongType(place, `a ${target.name} or its key of ${setters.length} parts`, value);
  }
  for (const [part, field] of keyFields(target).entries()) {
    const partValue = Array.isArray(value) ? value[part] : memberAt(value as AddableRecord, field);
    if (partValue === null || partValue === undefined)
      throw wrongType(place, `a ${target.name} with its key (${target.key.join(', ')})`, value);
    setters[part]!.setValue(partValue);
  }
}
