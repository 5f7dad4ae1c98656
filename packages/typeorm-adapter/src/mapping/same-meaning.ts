/** Whether classes of today still mean what a file was exported from: SCHEMA_MISMATCH names the first difference. */
import { type EntitySchema, type FieldSchema, PermafrostError, type RelationSchema } from '@permafrost/core';
import { isSameFamily } from './column-types';
import { type FieldSource, sourceOf } from './field-source';
import type { MappedEntity } from './mapped-entity';

/**
 * Members, keys, kinds of values and relations must be the same. Whether a member is nullable, the order of enum values and exact types
 * among those that TypeORM gives back alike are the database's, and may have changed.
 */
export function requireSameMeaning(path: string, stored: EntitySchema, { definition }: MappedEntity): void {
  const difference = differenceOf(stored, definition as EntitySchema);
  if (difference === undefined) return;
  throw new PermafrostError(
    'SCHEMA_MISMATCH',
    `${path}: ${stored.name} is declared otherwise than it was exported: ${difference}. Export again, or open with the entities it was exported from.`,
    { path, entity: stored.name },
  );
}

function differenceOf(stored: EntitySchema, declared: EntitySchema): string | undefined {
  if (stored.key.join() !== declared.key.join())
    return `its key is ${declared.key.join(', ')} here and ${stored.key.join(', ')} in the file`;
  for (const field of declared.fields) {
    const other = stored.fields.find((candidate) => candidate.name === field.name);
    if (!other) return `the file has no "${field.name}"`;
    if (Boolean(field.hidden) !== Boolean(other.hidden))
      return `"${field.name}" is ${shownText(field)} here and ${shownText(other)} in the file`;
    const [here, there] = [sourceOf(field), sourceOf(other)];
    // Of no column, and what SQL computes: known to the database alone.
    if ((!here && !there) || (here?.computed && there?.computed)) continue;
    if (!isDeclaredAlike(field, other)) {
      return `"${field.name}" is ${typeName(field)} here and ${typeName(other)} in the file`;
    }
    if (givenBackBy(field) !== givenBackBy(other))
      return `"${field.name}" is given back by ${givenBackBy(field)} here and by ${givenBackBy(other)} in the file`;
  }
  for (const relation of declared.relations) {
    const { name } = relation;
    const other = stored.relations.find((candidate) => candidate.name === name);
    if (!other) return `the file has no relation "${name}"`;
    const [here, there] = [relationText(relation), relationText(other)];
    if (here !== there) return `"${name}" is ${here} here and ${there} in the file`;
  }
  const known = [...declared.fields, ...declared.relations].map((member) => member.name);
  const extra = [...stored.fields, ...stored.relations].find((member) => !known.includes(member.name));
  if (extra) return `the file has "${extra.name}", which is not declared or is left out here`;
  if (stored.deletedBy !== declared.deletedBy)
    return `soft-deleted records are marked by ${stored.deletedBy ?? 'nothing'} in the file and by ${declared.deletedBy ?? 'nothing'} here`;
  return subtypeDifference(stored, declared);
}

/** The classes of a table must be the same: a class that is not known here would be shown as another. */
function subtypeDifference(stored: EntitySchema, declared: EntitySchema): string | undefined {
  const [there, here] = [stored, declared].map(({ subtypes }) => subtypes?.classes ?? []) as [Subtypes, Subtypes];
  const names = new Set([...there, ...here].map(({ name }) => name));
  for (const name of names) {
    const other = there.find((subtype) => subtype.name === name);
    const own = here.find((subtype) => subtype.name === name);
    if (!other) return `the file has no class "${name}" of it`;
    if (!own) return `the file has the class "${name}" of it, which is not among the entities here`;
    if (other.value !== own.value)
      return `records of the class "${name}" hold ${own.value} in ${declared.subtypes!.field} here and ${other.value} in the file`;
    if ([...other.members].sort().join() !== [...own.members].sort().join() || other.parent !== own.parent)
      return `the class "${name}" of it has other members than in the file`;
  }
  return undefined;
}

type Subtypes = NonNullable<EntitySchema['subtypes']>['classes'];

function relationText({ kind, target, subtype, inverse }: RelationSchema): string {
  const other = inverse === undefined ? '' : `, the other side of "${inverse}",`;
  return `${kind} ${subtype === undefined ? target : `${subtype} of ${target}`}${other}`;
}

function shownText({ hidden }: FieldSchema): string {
  return hidden ? 'hidden' : 'shown';
}

/** Whether the entity that was exported and this one declare the same. */
function isDeclaredAlike(field: FieldSchema, stored: FieldSchema): boolean {
  const [here, there] = [sourceOf(field), sourceOf(stored)];
  if (!here || !there) return false;
  const isList = (source: FieldSource) => source.typeormArray ?? false;
  if (isList(here) === isList(there) && here.typeormType === there.typeormType) return true;
  return Boolean(field.array) === Boolean(stored.array) && isSameFamily(field.type, stored.type);
}

/** What TypeORM does to values besides parsing them, as far as the file keeps it. */
function givenBackBy(field: FieldSchema): string {
  const source = sourceOf(field);
  if (!source) return 'no column of TypeORM';
  const { typeormType, numbers = [], utc = false } = source;
  const conversion = typeormType === 'simple-array' || typeormType === 'simple-json' ? typeormType : 'its type';
  return `${conversion}${utc ? ', in UTC' : ''}${numbers.length > 0 ? `, ${[...numbers].sort((a, b) => a - b).join(', ')} as numbers` : ''}`;
}

function typeName({ type, array }: FieldSchema): string {
  return `${type}${array ? '[]' : ''}`;
}
