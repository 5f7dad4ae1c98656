/** What `@ToOne` and `@ToMany` are given: a function that gives the class, and the member of the other side. Misuse is named at the member. */
import { describeValue, PermafrostError } from '../errors';
import { chainOf, type EntityClass } from './decorators';

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
