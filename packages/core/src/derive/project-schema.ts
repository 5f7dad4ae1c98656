/** Which entities and members of a snapshot another one takes over: from what a caller names to a schema. */
import { PermafrostError } from '../errors';
import type { Condition } from '../query/criteria';
import { pathTextOf } from '../schema/embedded';
import { defineSchema, type EntitySchema, type RelationSchema, type Schema, targetNames } from '../schema/schema';
import { unknownMember } from '../schema/unknown-member';

/** What is taken over of an entity. */
export interface EntitySelection {
  /**
   * Alternatives, each a list of conditions that must all hold: `[[{ field: 'age', operator: 'in', values: [7, 8] }]]`. Conditions may name
   * members that are not taken over. Default every record.
   */
  readonly where?: readonly (readonly Condition[])[];
  /**
   * Fields besides those of the key, the one that tells subtypes apart and the one that marks deleted records, which always come along. Embedded ones by path ("address.city"),
   * by name ("address_city") or all of an embedded ("address"). Default all.
   */
  readonly fields?: readonly string[];
  /** Default all whose other side is taken over too. */
  readonly relations?: readonly string[];
}

/** By entity name; `false` leaves an entity out, one that is not named comes whole. */
export type EntitySelections = { readonly [entity: string]: EntitySelection | false };

/** The selection of an entity, or false. */
export function selectionOf(selections: EntitySelections, entity: string): EntitySelection | false {
  return Object.hasOwn(selections, entity) ? selections[entity]! : {};
}

/** The schema of what is selected. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN, RELATION_TARGET_MISSING and SCHEMA_INVALID. */
export function projectSchema(schema: Schema, selections: EntitySelections): Schema {
  const kept = new Map<string, EntitySchema>();
  for (const entity of schema.entities) {
    const selection = selectionOf(selections, entity.name);
    if (selection === false) continue;
    checkNames(entity, selection);
    kept.set(entity.name, entity);
  }
  const isNamed = (entity: EntitySchema, relation: RelationSchema) => {
    const { relations } = selectionOf(selections, entity.name) as EntitySelection;
    return relations === undefined || relations.includes(relation.name);
  };
  /** Its targets are all taken over, and so is the side that stores it. */
  const hasOtherSide = (relation: RelationSchema): boolean => {
    const others = targetNames(relation).map((name) => kept.get(name));
    if (others.includes(undefined)) return false;
    const stored = others[0]!.relations.find(({ name }) => name === relation.inverse);
    return stored === undefined || (isNamed(others[0]!, stored) && hasOtherSide(stored));
  };
  const entities = [...kept.values()].map((entity) => {
    const selection = selectionOf(selections, entity.name) as EntitySelection;
    const relationsNamed = entity.relations.filter((relation) => isNamed(entity, relation));
    const lonely = selection.relations && relationsNamed.find((relation) => !hasOtherSide(relation));
    if (lonely)
      throw missingSide(
        entity,
        lonely,
        targetNames(lonely).filter((name) => !kept.has(name)),
      );
    const fieldNames = selection.fields?.flatMap((name) => fieldsNamed(entity, name));
    const isKept = (field: string) =>
      fieldNames === undefined ||
      fieldNames.includes(field) ||
      entity.key.includes(field) ||
      field === entity.subtypes?.field ||
      field === entity.deletedBy;
    const relations = relationsNamed.filter(hasOtherSide);
    const isLeft = (member: string) =>
      relations.some(({ name }) => name === member) ||
      (isKept(member) && entity.fields.some(({ name }) => name === member));
    return {
      ...entity,
      fields: entity.fields.filter(({ name }) => isKept(name)),
      relations,
      indexes: entity.indexes.filter((index) => index.fields.every(isKept)),
      ...(entity.subtypes && {
        subtypes: {
          ...entity.subtypes,
          classes: entity.subtypes.classes.map(({ required = [], without = [], ...subtype }) => ({
            ...subtype,
            without: without.filter(isLeft),
            members: subtype.members.filter(isLeft),
            required: required.filter(isLeft),
          })),
        },
      }),
    };
  });
  return defineSchema(entities);
}

function checkNames(entity: EntitySchema, { fields = [], relations = [] }: EntitySelection): void {
  const fieldNames = entity.fields.map(pathTextOf);
  for (const name of fields)
    if (fieldsNamed(entity, name).length === 0) throw unknownMember(entity, name, 'field', fieldNames);
  const relationNames = entity.relations.map(({ name }) => name);
  for (const name of relations)
    if (!relationNames.includes(name)) throw unknownMember(entity, name, 'relation', relationNames);
}

/** The names of the fields that are meant: the one at a path, else all of the embedded there, else the one that is stored by the name. */
function fieldsNamed({ fields }: EntitySchema, given: string): string[] {
  const at = fields.filter((field) => pathTextOf(field) === given);
  const within = fields.filter((field) => pathTextOf(field).startsWith(`${given}.`) && field.path);
  const called = fields.filter(({ name }) => name === given);
  return ([at, within, called].find(({ length }) => length > 0) ?? []).map(({ name }) => name);
}

function missingSide(entity: EntitySchema, relation: RelationSchema, leftOut: readonly string[]): PermafrostError {
  const why =
    leftOut.length === 0
      ? `it is stored as ${relation.target}.${relation.inverse}, which is left out`
      : `it refers to ${leftOut.join(' and ')}, which is left out`;
  return new PermafrostError(
    'RELATION_TARGET_MISSING',
    `${entity.name}.${relation.name}: ${why}. Take over both sides, or do not name the relation.`,
    { entity: entity.name, field: relation.name },
  );
}
