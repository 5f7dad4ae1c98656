/**
 * Writes `argv[3]` records of the shop's customers to `argv[2]` as a decoder of a wire format would: through column setters, text as bytes.
 * `argv[4]` says what their key is and in which order they come. Prints how long that took and what is in the file.
 */
import { createSnapshot, defineSchema, type FieldDefinition, type FieldType } from '@permafrost/core';

export type ScaleCase = 'integer keys in order' | 'integer keys in any order' | 'text keys in any order';

const field = (name: string, type: FieldType, more: Partial<FieldDefinition> = {}): FieldDefinition => ({
  name,
  type,
  ...more,
});
const nullable = { nullable: true };

/** The customers of the demo's shop, with the company that they belong to. */
const schemaOf = (key: string) =>
  defineSchema([
    {
      name: 'Company',
      key: ['id'],
      fields: [field('id', 'int32'), field('name', 'text')],
      relations: [{ name: 'customers', kind: 'to-many', target: 'Customer', inverse: 'company' }],
    },
    {
      name: 'Customer',
      key: [key],
      fields: [
        field('id', 'int32'),
        field('reference', 'uuid'),
        field('firstName', 'text'),
        field('lastName', 'text'),
        field('email', 'text'),
        field('phone', 'text', nullable),
        field('street', 'text'),
        field('city', 'text'),
        field('country', 'text'),
        field('segment', 'enum', { values: ['consumer', 'business', 'reseller'] }),
        field('isActive', 'boolean'),
        field('creditLimit', 'decimal', nullable),
        field('loyaltyNumber', 'int64'),
        field('score', 'float64'),
        field('tags', 'text', { array: true }),
        field('preferences', 'json', nullable),
        field('createdAt', 'timestamptz'),
        field('lastSeenAt', 'timestamptz', nullable),
        field('companyId', 'int32', nullable),
        field('managerId', 'int32', nullable),
      ],
      relations: [
        { name: 'company', kind: 'to-one', target: 'Company' },
        { name: 'manager', kind: 'to-one', target: 'Customer' },
        { name: 'reports', kind: 'to-many', target: 'Customer', inverse: 'manager' },
      ],
    },
  ]);

const words = (text: string) => text.split(' ').map((word) => Buffer.from(word, 'utf8'));
const firstNames = words(
  'Anna Ben Chloé Dmitri Elif Farid Grace Hiroshi Ingrid José Kofi Lena Łukasz Mia Noah Olga Priya',
);
const lastNames = words(
  'Andersson Becker Chen Dupont Evans Fischer García Haddad Ivanova Jansen Kowalski López Müller Şahin',
);
const streets = Array.from({ length: 3000 }, (_, number) =>
  Buffer.from(`${number % 10 < 5 ? 'linen' : 'bamboo'} street ${number}`),
);
const cities = words(
  'Aarhus Berlin Chicago Dublin Essen Florence Ghent Hamburg İzmir Jakarta Kraków Lyon Malmö Nice Oslo',
);
const countries = words('DE FR US GB PL SE JP TR ES IT NL AT CH DK NO PT');
const tags = words('newsletter vip early late b2b');
const preferences = Array.from({ length: 20 }, (_, number) =>
  Buffer.from(JSON.stringify({ theme: number % 2 ? 'dark' : 'light', pageSize: 10 + number, mail: number % 3 === 0 })),
);

const companyStart = Buffer.from('company ');
const mailStart = Buffer.from('customer');
const mailEnd = Buffer.from('@mail.example');
const phoneStart = Buffer.from('+49 ');

/** Bytes that are written again for each record. */
class TextBuffer {
  readonly bytes = Buffer.alloc(64);
  size = 0;
  begin(prefix: Buffer): this {
    this.size = 0;
    return this.text(prefix);
  }
  text(text: Buffer): this {
    for (let at = 0; at < text.length; at++) this.bytes[this.size + at] = text[at]!;
    this.size += text.length;
    return this;
  }
  /** Ten digits. */
  number(value: number): this {
    let rest = value;
    for (let place = 9; place >= 0; place--) {
      this.bytes[this.size + place] = 48 + (rest % 10);
      rest = (rest / 10) >>> 0;
    }
    this.size += 10;
    return this;
  }
}

async function main(path: string, count: number, which: ScaleCase): Promise<void> {
  const key = which === 'text keys in any order' ? 'email' : 'id';
  const writer = createSnapshot({ path, schema: schemaOf(key) });
  const companyCount = Math.ceil(count / 40);
  const companies = writer.table('Company');
  const [companyId, companyName] = [companies.column('id'), companies.column('name')];
  const text = new TextBuffer();
  for (let id = 1; id <= companyCount; id++) {
    companies.beginRecord();
    companyId.setInt32(id);
    text.begin(companyStart).number(id);
    companyName.setUtf8(text.bytes, 0, text.size);
    companies.endRecord();
  }
  const mailOf = (id: number) => text.begin(mailStart).number(id).text(mailEnd);
  const table = writer.table('Customer');
  const column = Object.fromEntries(table.entity.fields.map(({ name }) => [name, table.column(name)]));
  const at = <T>(list: readonly T[], mixed: number): T => list[mixed % list.length]!;
  const names = ['firstName', 'lastName', 'street', 'city', 'country'].map((name) => column[name]!);
  const pools = [firstNames, lastNames, streets, cities, countries];
  const { id: idColumn, reference, email, phone, segment, isActive, creditLimit, loyaltyNumber, score } = column;
  const { tags: tagList, preferences: json, createdAt, lastSeenAt, companyId: companyColumn, managerId } = column;
  const [company] = table.reference('company');
  const [manager] = table.reference('manager');
  const uuidWords = new Uint32Array(4);
  const uuid = new Uint8Array(uuidWords.buffer);
  const step = which === 'integer keys in order' ? 1 : stepThrough(count);
  const startCpu = process.cpuUsage();
  const start = performance.now();
  let id = 0;
  for (let number = 0; number < count; number++) {
    id = step === 1 ? number + 1 : 1 + ((id - 1 + step + count) % count);
    const mixed = Math.imul(id ^ (id >>> 15), 0x2c1b3c6d) >>> 0;
    table.beginRecord();
    idColumn!.setInt32(id);
    for (let word = 0; word < 4; word++) uuidWords[word] = mixed + word * id;
    reference!.setBytes(uuid, 0, 16);
    for (let name = 0; name < names.length; name++) {
      const word = at(pools[name]!, mixed >>> name);
      names[name]!.setUtf8(word, 0, word.length);
    }
    mailOf(id);
    email!.setUtf8(text.bytes, 0, text.size);
    if (mixed % 3 > 0) {
      text.begin(phoneStart).number(mixed);
      phone!.setUtf8(text.bytes, 0, text.size);
    } else phone!.setNull();
    segment!.setInt32(mixed % 3);
    isActive!.setBoolean(mixed % 8 > 0);
    if (mixed % 3 > 0) creditLimit!.setDecimal(mixed % 5_000_000, 2);
    else creditLimit!.setNull();
    loyaltyNumber!.setInt64(mixed, 931);
    score!.setFloat64(mixed / 2 ** 32);
    tagList!.beginArray(mixed & 3);
    for (let tag = mixed & 3; tag > 0; tag--) {
      const word = at(tags, mixed + tag);
      tagList!.nextElement().setUtf8(word, 0, word.length);
    }
    tagList!.endArray();
    if (mixed % 2 > 0) {
      const value = at(preferences, mixed >>> 3);
      json!.setUtf8(value, 0, value.length);
    } else json!.setNull();
    createdAt!.setInt64(mixed, 331_000);
    if (mixed % 6 > 0) lastSeenAt!.setInt64(mixed >>> 1, 398_000);
    else lastSeenAt!.setNull();
    const employer = 1 + (id % companyCount);
    companyColumn!.setInt32(employer);
    company!.setInt32(employer);
    const boss = id >> 2;
    if (boss > 0) {
      managerId!.setInt32(boss);
      if (key === 'id') manager!.setInt32(boss);
      else {
        mailOf(boss);
        manager!.setUtf8(text.bytes, 0, text.size);
      }
    } else manager!.setNull();
    table.endRecord();
  }
  const staged = performance.now();
  const { size, entities } = await writer.finish();
  const end = performance.now();
  const [, customers] = entities;
  const { user, system } = process.cpuUsage(startCpu);
  process.stdout.write(
    JSON.stringify({
      seconds: (end - start) / 1000,
      stageSeconds: (staged - start) / 1000,
      cpuSeconds: (user + system) / 1e6,
      size,
      records: customers!.records,
    }),
  );
}

/** A step that leads through all of [0, count) in what looks like no order. */
function stepThrough(count: number): number {
  let step = Math.floor(count * 0.618);
  while (commonDivisor(step, count) !== 1) step++;
  return step;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

void main(process.argv[2]!, Number(process.argv[3]), process.argv[4] as ScaleCase);
