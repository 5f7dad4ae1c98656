/** The rules of relations, which need the whole schema: targets that are there, and inverses that lead back to what stores them. */
import { describeValue, nearestName } from '../errors';
import { invalid } from './invalid';
import { type EntitySchema, type RelationSchema, targetNames } from './schema';

type EntitiesByName = ReadonlyMap<string, EntitySchema>;
type RelationsByName = ReadonlyMap<string, RelationSchema>;

/** Throws SCHEMA_INVALID naming the relation. */
export function checkRelation(
  entity: EntitySchema,
  relation: RelationSchema,
  byName: EntitiesByName,
  relationsOf: ReadonlyMap<EntitySchema, RelationsByName>,
): void {
  if (relation.kind !== 'to-one' && relation.kind !== 'to-many') {
    invalid(entity.name, relation.name, `a relation is "to-one" or "to-many", found ${describeValue(relation.kind)}`);
  }
  checkTargets(entity, relation);
  for (const name of targetNames(relation)) {
    if (byName.has(name)) continue;
    const base = [...byName.values()].find(({ subtypes }) =>
      subtypes?.classes.some((subtype) => subtype.name === name),
    );
    if (base) {
      const wayOut = relation.targets
        ? `one of several is named by its entity: ${relation.targets.includes(base.name) ? `leave ${name} out, since ${base.name} is there` : `write ${base.name} in its place`}; its records of every subtype may be referred to`
        : `give it as \`subtype\` beside the target ${base.name}`;
      invalid(entity.name, relation.name, `it refers to "${name}", a subtype of ${base.name}; ${wayOut}`);
    }
    const near = nearestName(String(name), [...byName.keys()]);
    invalid(
      entity.name,
      relation.name,
      `it refers to the entity "${name}", which is not in the schema${near ? `; did you mean "${near}"?` : '; add it'}`,
    );
  }
  checkSubtype(entity, relation, byName);
  if (relation.inverse !== undefined)
    checkInverse(entity, relation, byName.get(relation.target!)!, relationsOf.get(byName.get(relation.target!)!)!);
}

/** A relation has one target, or several of which each record refers to one: a list of those is not stored. */
function checkTargets(entity: EntitySchema, relation: RelationSchema): void {
  const { targets } = relation;
  if (targets === undefined) return;
  if (relation.target !== undefined)
    invalid(entity.name, relation.name, 'it has both a `target` and `targets`; give one of them');
  if (!Array.isArray(targets) || targets.length === 0)
    invalid(entity.name, relation.name, '`targets` is a list of the entities it may refer to');
  if (new Set(targets).size !== targets.length) invalid(entity.name, relation.name, 'its `targets` are not distinct');
  if (relation.kind === 'to-many') {
    invalid(
      entity.name,
      relation.name,
      'a to-many relation has one target; relate to an entity of its own that refers to one of several',
    );
  }
  if (relation.inverse !== undefined) {
    invalid(
      entity.name,
      relation.name,
      'a relation to one of several entities stores itself and has no inverse; give each target one that names it',
    );
  }
}

function checkSubtype(
  entity: EntitySchema,
  { name, subtype, target, targets, inverse, passesOver }: RelationSchema,
  byName: EntitiesByName,
): void {
  if (passesOver !== undefined && (passesOver !== true || subtype === undefined || inverse === undefined))
    invalid(entity.name, name, '`passesOver` is true, and for relations to a subtype that have an `inverse`');
  if (subtype === undefined) return;
  if (targets)
    invalid(
      entity.name,
      name,
      'a relation to one of several entities does not lead to a subtype; relate to the entity',
    );
  const known = byName.get(target!)!.subtypes?.classes.map((candidate) => candidate.name) ?? [];
  if (!known.includes(subtype))
    invalid(
      entity.name,
      name,
      `${target} has no subtype ${describeValue(subtype)}${known.length > 0 ? `; it has ${known.slice(0, 12).join(', ')}` : ''}`,
    );
}

function checkInverse(
  entity: EntitySchema,
  relation: RelationSchema,
  target: EntitySchema,
  relations: RelationsByName,
): void {
  const inverse =
    relations.get(relation.inverse!) ??
    invalid(entity.name, relation.name, `its inverse "${relation.inverse}" is not a relation of ${target.name}`);
  const leadsTo = targetNames(inverse);
  if (!leadsTo.includes(entity.name)) {
    invalid(
      entity.name,
      relation.name,
      `its inverse ${target.name}.${inverse.name} refers to ${leadsTo.join(' or ')}, not to ${entity.name}`,
    );
  }
  if (inverse.inverse !== undefined) {
    invalid(
      entity.name,
      relation.name,
      `its inverse ${target.name}.${inverse.name} has an inverse itself; one of the two must store the relation (no inverse)`,
    );
  }
  if (relation.kind === 'to-one' && inverse.kind !== 'to-one') {
    invalid(
      entity.name,
      relation.name,
      `a to-one relation cannot be the inverse of the to-many ${target.name}.${inverse.name}`,
    );
  }
}
