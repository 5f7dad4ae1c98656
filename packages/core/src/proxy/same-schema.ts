/** Whether the classes that a snapshot is opened with mean by their members what the file means. */
import { PermafrostError } from '../errors';
import { baseOf, declaresFields, type EntityClass, entityNameOf, isSubtype } from '../schema/class-description';
import { normalizeEntity } from '../schema/normalize-entity';
import { type EntitySchema, fingerprintOf, type Schema } from '../schema/schema';
import { definitionOf } from '../schema/schema-from-classes';
import { restrictedTo } from '../schema/subtypes';

/** Classes that declare their fields must mean by them what the file means. Throws SCHEMA_MISMATCH naming the first difference. */
export function requireSameSchema(schema: Schema, classes: readonly EntityClass[], path: string): void {
  const subtypes = classes.filter(isSubtype);
  for (const entityClass of classes.filter(declaresFields)) {
    if (isSubtype(entityClass)) continue;
    const own = subtypes.filter((subtype) => baseOf(subtype) === entityClass);
    const expected = normalizeEntity(definitionOf(entityClass, own));
    const found = schema.entities.find((entity) => entity.name === expected.name);
    const actual = found && restrictedTo(found, new Set(own.map((subtype) => entityNameOf(subtype)!)));
    if (!actual || fingerprintOf([actual]) === fingerprintOf([expected])) continue;
    throw new PermafrostError(
      'SCHEMA_MISMATCH',
      `${path}: ${expected.name} is declared otherwise than it was exported: ${differenceOf(expected, actual)}. Export again with these classes, or open with the ones it was made from; what deriveSnapshot projected, without \`entities\` by names, or with classes of what it kept.`,
      {
        path,
        entity: expected.name,
      },
    );
  }
}

function differenceOf(expected: EntitySchema, actual: EntitySchema): string {
  for (const member of [...expected.fields, ...expected.relations]) {
    const other = [...actual.fields, ...actual.relations].find((candidate) => candidate.name === member.name);
    if (!other) return `the file has no "${member.name}"`;
    const shown = ({ source: _, ...rest }: typeof member) => JSON.stringify(rest);
    if (shown(member) !== shown(other))
      return `"${member.name}" is ${shown(member)} here and ${shown(other)} in the file`;
  }
  const extra = [...actual.fields, ...actual.relations].find(
    (member) => ![...expected.fields, ...expected.relations].some((own) => own.name === member.name),
  );
  return extra ? `the file has "${extra.name}", which the class does not declare` : 'the keys differ';
}
