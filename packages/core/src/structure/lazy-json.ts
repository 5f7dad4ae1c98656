/**
 * What a packed field gives: a JSON object or list that reads its members when they are asked for. It looks like a plain object or array
 * on read and refuses every change. Made of ES Proxies, as no other value is: a packed value is large, and finding one member of it costs
 * less than parsing all of it.
 */
import { inspect } from 'node:util';
import { PermafrostError } from '../errors';
import { type JsonPart, PackedJsonNode, PackedJsonText } from './packed-json';

/** Whose value it is: for errors, and to be asked whether it may still be read. */
export interface JsonOwner {
  readonly field: string;
  /** Throws SNAPSHOT_CLOSED. */
  requireOpen(): void;
}

/** The read-only object or array of a packed value. `c.settings.theme` reads the member "theme" and nothing else. */
export function lazyJson(node: PackedJsonNode, owner: JsonOwner): object {
  return viewOf(new NodeMembers(node, owner), owner);
}

/** The same of a value that is stored as text, parsed when its first member is asked for; a scalar is given as it is. */
export function lazyJsonOfText(text: string, owner: JsonOwner): unknown {
  const [bracket] = /[^ \t\r\n]/.exec(text) ?? [];
  if (bracket !== '{' && bracket !== '[') return parseJson(text, owner.field);
  return viewOf(new ParsedMembers(bracket === '[', () => parseJson(text, owner.field) as Container), owner);
}

/** A fresh value. Throws FILE_CORRUPT for what is not JSON. */
export function parseJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PermafrostError(
      'FILE_CORRUPT',
      `${field}: a record holds what is not JSON: ${(cause as Error).message}`,
      { field },
      { cause },
    );
  }
}

type Container = Record<string, unknown> | unknown[];
/** What a member holds: a scalar itself, or a container in one of its forms. Undefined: there is no such member. */
type Part = JsonPart | Container | undefined;

/** The members of one container: of an object by key, of a list by index. */
interface Members {
  readonly isList: boolean;
  /** The number of a list's elements. */
  readonly count: number;
  keys(): readonly string[];
  read(key: string): Part;
  /** All of it, as `JSON.parse` gives it: a fresh value each time. */
  plain(): unknown;
}

class NodeMembers implements Members {
  #keys: readonly string[] | undefined;
  /** The place found last: whoever walks over the keys asks for each once or twice, and then for the next. */
  #last = -1;

  constructor(
    private readonly node: PackedJsonNode,
    private readonly owner: JsonOwner,
  ) {}

  get isList(): boolean {
    return this.node.isList;
  }

  get count(): number {
    return this.node.count;
  }

  keys(): readonly string[] {
    this.#keys ??= this.node.keys();
    return this.#keys;
  }

  read(key: string): Part {
    const place = this.node.isList ? Number(key) : this.#find(key);
    return place < 0 || place >= this.node.count ? undefined : this.node.valueAt(place);
  }

  plain(): unknown {
    return parseJson(this.node.text(), this.owner.field);
  }

  #find(key: string): number {
    if (this.#keys?.[this.#last] === key) return this.#last;
    if (this.#keys?.[this.#last + 1] === key) return ++this.#last;
    const place = this.node.find(key);
    if (place >= 0) this.#last = place;
    return place;
  }
}

/** Of a container that is parsed as a whole, when it is first asked. */
class ParsedMembers implements Members {
  #value: Container | undefined;

  constructor(
    readonly isList: boolean,
    private readonly parse: () => Container,
  ) {}

  get count(): number {
    return (this.#parsed() as unknown[]).length;
  }

  keys(): readonly string[] {
    return Object.keys(this.#parsed());
  }

  read(key: string): Part {
    const value = this.#parsed() as Record<string, Part>;
    return Object.hasOwn(value, key) ? value[key] : undefined;
  }

  plain(): unknown {
    return this.parse();
  }

  #parsed(): Container {
    this.#value ??= this.parse();
    return this.#value;
  }
}

const TARGET = Symbol('permafrost.json');

/** What the handlers are given; nobody else sees it, but for `util.inspect`, which looks through ES Proxies. */
interface Target {
  members: Members;
  owner: JsonOwner;
  /** Containers within that were asked for: the same object every time. */
  held: Map<string, object> | undefined;
}

class ObjectTarget implements Target {
  held: Map<string, object> | undefined;

  constructor(
    readonly members: Members,
    readonly owner: JsonOwner,
  ) {}

  [inspect.custom](this: { [TARGET]: Target }): unknown {
    return shown(this[TARGET]);
  }
}

/** An array for `Array.isArray`, but without elements of its own. */
class ListTarget extends Array<never> implements Target {
  members!: Members;
  owner!: JsonOwner;
  held: Map<string, object> | undefined;

  [inspect.custom](this: { [TARGET]: Target }): unknown {
    return shown(this[TARGET]);
  }
}

function shown({ members, owner }: Target): unknown {
  try {
    owner.requireOpen();
  } catch {
    return `[${owner.field} of a closed snapshot]`;
  }
  return members.plain();
}

function viewOf(members: Members, owner: JsonOwner): object {
  if (!members.isList) return new Proxy(new ObjectTarget(members, owner), objectHandler);
  const target = new ListTarget();
  target.members = members;
  target.owner = owner;
  return new Proxy(target, listHandler);
}

/** The value of a member as it is given back; undefined where there is none. */
function memberOf(target: Target, key: string): unknown {
  const held = target.held?.get(key);
  if (held !== undefined) return held;
  const part = target.members.read(key);
  if (typeof part !== 'object' || part === null) return part;
  const view = viewOf(membersOf(part, target.owner), target.owner);
  target.held ??= new Map();
  target.held.set(key, view);
  return view;
}

function membersOf(part: PackedJsonNode | PackedJsonText | Container, owner: JsonOwner): Members {
  if (part instanceof PackedJsonNode) return new NodeMembers(part, owner);
  if (part instanceof PackedJsonText)
    return new ParsedMembers(part.isList, () => parseJson(part.text(), owner.field) as Container);
  return new ParsedMembers(Array.isArray(part), () => copyOf(part) as Container);
}

/** A copy of what `JSON.parse` gave, member for member: `__proto__` is an own one. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copyOf(member)]));
}

/** The element a name stands for: "0", "17"; -1 for any other name. */
function elementOf(name: string | symbol): number {
  if (typeof name !== 'string') return -1;
  const first = name.charCodeAt(0);
  if (!(first >= 0x30 && first <= 0x39)) return -1;
  const index = Number(name);
  return String(index) === name && Number.isInteger(index) ? index : -1;
}

/** What JSON asks for a value that is not plain: all of it, made by `JSON.parse` in one go. */
function toJSON(this: { [TARGET]: Target }): unknown {
  return this[TARGET].members.plain();
}

function refuse(target: Target, name: string | symbol | undefined, what: string): never {
  const { field } = target.owner;
  const member = name === undefined ? field : `${field}${typeof name === 'string' ? `[${JSON.stringify(name)}]` : ''}`;
  throw new PermafrostError(
    'READ_ONLY',
    `${member}: ${what} a JSON value of a snapshot is refused. Take a copy with materialize(record) and change that.`,
    { field },
  );
}

const refusals = {
  set: (target: Target, name: string | symbol) => refuse(target, name, 'changing'),
  defineProperty: (target: Target, name: string | symbol) => refuse(target, name, 'changing'),
  deleteProperty: (target: Target, name: string | symbol) => refuse(target, name, 'changing'),
  setPrototypeOf: (target: Target) => refuse(target, undefined, 'changing'),
  preventExtensions: (target: Target) => refuse(target, undefined, 'freezing or sealing'),
};

const objectHandler: ProxyHandler<ObjectTarget> = {
  ...refusals,
  get(target, name, receiver) {
    if (name === TARGET) return target;
    target.owner.requireOpen();
    const value = typeof name === 'string' ? memberOf(target, name) : undefined;
    if (value !== undefined) return value;
    return name === 'toJSON' ? toJSON : Reflect.get(Object.prototype, name, receiver);
  },
  has(target, name) {
    target.owner.requireOpen();
    return (typeof name === 'string' && target.members.read(name) !== undefined) || name in Object.prototype;
  },
  ownKeys(target) {
    target.owner.requireOpen();
    return target.members.keys() as string[];
  },
  getOwnPropertyDescriptor(target, name) {
    target.owner.requireOpen();
    const value = typeof name === 'string' ? memberOf(target, name) : undefined;
    return value === undefined ? undefined : { value, writable: false, enumerable: true, configurable: true };
  },
  getPrototypeOf: () => Object.prototype,
};

const listHandler: ProxyHandler<ListTarget> = {
  ...refusals,
  get(target, name, receiver) {
    if (name === TARGET) return target;
    target.owner.requireOpen();
    if (name === 'length') return target.members.count;
    if (elementOf(name) >= 0) return memberOf(target, name as string);
    return name === 'toJSON' ? toJSON : Reflect.get(Array.prototype, name, receiver);
  },
  has(target, name) {
    target.owner.requireOpen();
    const element = elementOf(name);
    return element >= 0 ? element < target.members.count : name in Array.prototype;
  },
  ownKeys(target) {
    target.owner.requireOpen();
    return [...Array.from({ length: target.members.count }, (_, place) => String(place)), 'length'];
  },
  getOwnPropertyDescriptor(target, name) {
    target.owner.requireOpen();
    if (name === 'length') {
      return { value: target.members.count, writable: true, enumerable: false, configurable: false };
    }
    const value = elementOf(name) >= 0 ? memberOf(target, name as string) : undefined;
    return value === undefined ? undefined : { value, writable: false, enumerable: true, configurable: true };
  },
  getPrototypeOf: () => Array.prototype,
};
