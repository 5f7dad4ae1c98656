/**
 * Classes decorated with `@Subtype`: which table they share, and from them to the plain data of subtypes. A subtype's members are what it
 * and undecorated classes between it and its parent declare.
 */
import { PermafrostError } from '../errors';
import {
  baseOf,
  chainOf,
  type EntityClass,
  entityNameOf,
  isSubtype,
  overriding,
  parentOf,
  snapshotOptionsOf,
  subtypeValueOf,
} from './class-description';
import { relationOf } from './declared-relation';
import { invalid } from './invalid';
import type { EntityDefinition } from './schema';

/** Throws SCHEMA_INVALID for a subtype without the class whose table it shares. */
export function requireBases(classes: readonly EntityClass[]): void {
  for (const subtype of classes.filter(isSubtype)) {
    const base = baseOf(subtype);
    if (base && classes.includes(base)) continue;
    throw new PermafrostError(
      'SCHEMA_INVALID',
      base
        ? `${subtype.name}: it is a subtype of ${base.name}, which is not among the classes. Pass it too.`
        : `${subtype.name}: a subtype extends a class decorated with @Snapshot({ discriminator }), and this one extends none.`,
      { entity: subtype.name },
    );
  }
}

/** Adds the members of subtypes to a definition, and which of them each has. */
export function withSubtypes(
  base: EntityDefinition,
  entityClass: EntityClass,
  subtypes: readonly EntityClass[],
): EntityDefinition {
  const { discriminator } = snapshotOptionsOf(entityClass)!;
  const refuse = (member: string | undefined, why: string) => invalid(base.name, member, why);
  if (discriminator === undefined)
    return refuse(
      undefined,
      "it has subtypes; name the field that tells them apart: @Snapshot({ discriminator: 'type' })",
    );
  const fields = [...base.fields];
  const relations = [...(base.relations ?? [])];
  const known = new Map([[entityClass, new Set([...fields, ...relations].map((member) => member.name))]]);
  const sorted = [...subtypes].sort((a, b) => chainOf(a).length - chainOf(b).length);
  const classes = sorted.map((subtype) => {
    const parent = parentOf(subtype)!;
    const inherited =
      known.get(parent) ?? refuse(undefined, `${subtype.name} extends ${parent.name}, which is not among the classes`);
    const links = chainOf(subtype).slice(chainOf(parent).length);
    const [embedded] = links.flatMap((link) => link.embeddeds);
    if (embedded)
      refuse(embedded.name, `${subtype.name} embeds it; only the entity can, so declare it in ${base.name}`);
    const members = new Set<string>();
    const required: string[] = [];
    const add = <T extends { name: string }>(list: T[], member: T) => {
      if (inherited.has(member.name))
        refuse(member.name, `${subtype.name} declares it again; a subtype adds members to those of its base`);
      const other = list.find((candidate) => candidate.name === member.name);
      if (!other) list.push(member);
      else if (JSON.stringify(other) !== JSON.stringify(member))
        refuse(member.name, `${subtype.name} and another subtype declare it differently; they share one field`);
      members.add(member.name);
    };
    for (const { key, ...field } of overriding(links.flatMap((link) => link.fields))) {
      if (key) refuse(field.name, `${subtype.name} makes it part of the key, which every record must have`);
      add(fields, { ...field, nullable: true });
      if (!field.nullable) required.push(field.name);
    }
    for (const relation of overriding(links.flatMap((link) => link.relations))) {
      const { nullable: _, ...definition } = relationOf(base.name, relation);
      add(relations, definition);
    }
    known.set(subtype, new Set([...inherited, ...members]));
    return {
      name: entityNameOf(subtype)!,
      value: subtypeValueOf(subtype)!,
      ...(parent === entityClass ? {} : { parent: entityNameOf(parent)! }),
      members: [...members],
      ...(required.length === 0 ? {} : { required }),
    };
  });
  return { ...base, fields, relations, subtypes: { field: discriminator, classes } };
}
