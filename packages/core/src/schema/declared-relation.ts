/**
 * What `@ToOne` and `@ToMany` are given: a function that gives the class, and the member of the other side. Misuse is named at the member.
 * The function is called when the schema is made.
 */
import { describeValue, PermafrostError } from '../errors';
import { baseOf, type ClassDescription, chainOf, type EntityClass, entityNameOf, isSubtype } from './class-description';
import type { RelationDefinition } from './schema';

/** Throws TypeError for a target that is no function giving a class, and for an inverse that is none. */
export function requireRelation(
  kind: 'to-one' | 'to-many',
  owner: object,
  name: string | symbol,
  target: unknown,
  inverse: unknown,
): void {
  const decorator = kind === 'to-one' ? '@ToOne' : '@ToMany';
  const refuse = (what: string): never => {
    throw new TypeError(`${owner.constructor.name}.${String(name)}: ${what}.`);
  };
  const isClass =
    typeof target === 'function' &&
    (chainOf(target as EntityClass).length > 0 || /^class\b/.test(Function.prototype.toString.call(target)));
  if (typeof target !== 'function' || isClass) {
    const [shown, found] = isClass
      ? [(target as EntityClass).name, `the class ${(target as EntityClass).name}`]
      : ['Team', describeValue(target)];
    refuse(
      `${decorator} takes a function that gives the class, which may be imported later: ${decorator}(() => ${shown}), found ${found}`,
    );
  }
  if (inverse === undefined || typeof inverse === 'function') return;
  if (typeof inverse !== 'string' || inverse === '')
    refuse(
      `${decorator} takes the member of the other side that stores the relation, as (x) => x.member or its name, found ${describeValue(inverse)}${kind === 'to-many' ? '; it takes no options' : ''}`,
    );
}

/** Which property a function like `order => order.customer` reads: it is run on an object that only listens. */
export function accessedName(read: (member: any) => unknown): string {
  let accessed: string | undefined;
  read(
    new Proxy(
      {},
      {
        get: (_, name) => {
          accessed ??= String(name);
          return undefined;
        },
      },
    ),
  );
  if (accessed === undefined)
    throw new PermafrostError(
      'SCHEMA_INVALID',
      `The inverse "${read}" reads no property; write it as (x) => x.member.`,
    );
  return accessed;
}

/** A relation as a class declares it, its target's class called by name. Throws SCHEMA_INVALID. */
export function relationOf(entity: string, relation: ClassDescription['relations'][number]): RelationDefinition {
  const { target, inverse, ...rest } = relation;
  const classes = target();
  return {
    ...rest,
    ...(Array.isArray(classes)
      ? { targets: classes.map((targetClass) => targetNameOf(entity, relation.name, targetClass)) }
      : targetOf(entity, relation.name, classes as EntityClass)),
    ...(inverse === undefined ? {} : { inverse }),
  };
}

/** The target that a class means; a subtype means its entity, and itself. */
function targetOf(entity: string, relation: string, targetClass: EntityClass): { target: string; subtype?: string } {
  const name = targetNameOf(entity, relation, targetClass);
  if (!isSubtype(targetClass)) return { target: name };
  return { target: targetNameOf(entity, relation, baseOf(targetClass)), subtype: name };
}

function targetNameOf(entity: string, relation: string, targetClass: EntityClass | undefined): string {
  const name = targetClass && entityNameOf(targetClass);
  if (name !== undefined) return name;
  throw new PermafrostError(
    'SCHEMA_INVALID',
    `${entity}.${relation}: it refers to ${targetClass?.name ?? 'an undefined class (a circular import?)'}, which is not decorated with @Snapshot().`,
    { entity, field: relation },
  );
}
