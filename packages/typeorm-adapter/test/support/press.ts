/**
 * Entities with everything that decides what an instance looks like: constructors with defaults, embeddeds in embeddeds, classes that share a
 * table, lazy relations, ids of relations, virtual columns, transformers, listeners, a schema without a class, a view.
 */
import 'reflect-metadata';
import { Snapshot } from '@permafrost/typeorm-adapter';
import {
  AfterLoad,
  ChildEntity,
  Column,
  DeleteDateColumn,
  Entity,
  EntitySchema,
  type EntitySubscriberInterface,
  EventSubscriber,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  RelationId,
  TableInheritance,
  VersionColumn,
  ViewColumn,
  ViewEntity,
  VirtualColumn,
} from 'typeorm';

/** What listeners were called with, in order. */
export const calls: string[] = [];

@Entity()
export class Town {
  @PrimaryColumn('int') id!: number;
  @Column('text', { unique: true }) name!: string;
  /** Refers to something else than the key. */
  @OneToMany(
    () => Topic,
    (topic) => topic.home,
  )
  topics!: Relation<Topic[]>;
  @RelationId((town: Town) => town.topics) topicWords!: string[];
  @AfterLoad() heard(): void {
    calls.push(`Town ${this.id}`);
  }
}

class Phone {
  country = '+49';
  @Column('text', { nullable: true }) prefix!: string | null;
  @Column('text', { nullable: true }) digits!: string | null;
  get whole(): string {
    return `${this.prefix} ${this.digits}`;
  }
  @AfterLoad() ring(): void {
    calls.push(`Phone ${this.digits}`);
  }
}

class Contact {
  @Column('text', { nullable: true }) email!: string | null;
  @Column(() => Phone) phone!: Phone;
  @ManyToOne(() => Town, { nullable: true }) town!: Relation<Town> | null;
}

@Entity()
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
export class Person {
  /** Own keys that a constructor makes come first. */
  nicknames: string[] = [];
  @PrimaryGeneratedColumn() id!: number;
  #asked = 0;
  @Column('text') name!: string;
  @Column(() => Contact) contact!: Contact;
  @ManyToOne(
    () => Person,
    (person) => person.pupils,
    { nullable: true },
  )
  mentor!: Promise<Person | null>;
  @OneToMany(
    () => Person,
    (person) => person.mentor,
  )
  pupils!: Promise<Person[]>;
  @DeleteDateColumn() goneAt!: Date | null;
  loaded?: string;

  ask(): number {
    return ++this.#asked;
  }
  @AfterLoad() async mark(): Promise<void> {
    calls.push(`Person ${this.id}`);
    await null;
    this.loaded = `${this.constructor.name} ${this.name}`;
  }
}

@ChildEntity('writer')
export class Writer extends Person {
  @Column('text', { nullable: true }) pen!: string | null;
  @OneToMany(
    () => Article,
    (article) => article.writer,
  )
  articles!: Relation<Article[]>;
}

@ChildEntity()
export class Editor extends Person {
  @Column('int', { nullable: true }) level!: number | null;
}

@ChildEntity()
export class Chief extends Editor {
  @Column('int', { nullable: true }) budget!: number | null;
  @OneToOne(
    () => Seal,
    (seal) => seal.owner,
  )
  seal!: Relation<Seal> | null;
}

@Entity()
export class Seal {
  @PrimaryColumn('text') motto!: string;
  @OneToOne(
    () => Chief,
    (chief) => chief.seal,
    { nullable: true },
  )
  @JoinColumn({ name: 'owner_id' })
  owner!: Relation<Chief> | null;
}

const shout = {
  to: (text: string | null) => text?.toLowerCase() ?? null,
  from: (text: string | null) => text?.toUpperCase() ?? 'NOTHING',
};

@Entity()
@Snapshot({ include: ['body'] })
export class Article {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text', { nullable: true, transformer: shout }) title!: string;
  @Column('text', { nullable: true, select: false }) body!: string | null;
  @Column('jsonb', { nullable: true }) notes!: unknown;
  @Column('bytea', { nullable: true }) picture!: Buffer | null;
  @VersionColumn() version!: number;
  @Column('int', { nullable: true }) writerId!: number | null;
  @ManyToOne(
    () => Writer,
    (writer) => writer.articles,
    { nullable: true, eager: true },
  )
  writer!: Relation<Writer> | null;
  @ManyToMany(
    () => Topic,
    (topic) => topic.articles,
  )
  @JoinTable()
  topics!: Relation<Topic[]>;
  @RelationId((article: Article) => article.topics) topicNames!: string[];
  @RelationId((article: Article) => article.writer) byWriter!: number | null;
  @VirtualColumn({
    query: (alias) => `SELECT count(*)::int FROM article_topics_topic x WHERE x."articleId" = ${alias}.id`,
  })
  topicCount!: number;
  stamp?: string;
}

@Entity()
export class Topic {
  @PrimaryColumn('text') word!: string;
  @Column('float8', { nullable: true }) weight!: number | null;
  @ManyToMany(
    () => Article,
    (article) => article.topics,
  )
  articles!: Relation<Article[]>;
  @ManyToOne(
    () => Town,
    (town) => town.topics,
    { nullable: true },
  )
  @JoinColumn({ name: 'home', referencedColumnName: 'name' })
  home!: Relation<Town> | null;
  @RelationId((topic: Topic) => topic.home) homeName!: string | null;
}

interface Road {
  name: string;
  length: number | null;
  crosses?: Road[];
  leadsTo?: Road | null;
}

/** Without a class: its entities are plain objects. */
export const RoadSchema = new EntitySchema<Road>({
  name: 'Road',
  columns: { name: { type: 'text', primary: true }, length: { type: 'float8', nullable: true } },
  relations: {
    crosses: { type: 'many-to-many', target: 'Road', joinTable: true },
    leadsTo: { type: 'many-to-one', target: 'Road', nullable: true },
  },
});

@ViewEntity({ expression: 'SELECT weight, weight > 1 AS heavy FROM topic' })
export class Weight {
  @ViewColumn() weight!: number | null;
  @ViewColumn() heavy!: boolean | null;
}

@EventSubscriber()
export class ArticleSubscriber implements EntitySubscriberInterface<Article> {
  listenTo(): typeof Article {
    return Article;
  }
  async afterLoad(article: Article): Promise<void> {
    calls.push(`subscriber ${article.id}`);
    await null;
    article.stamp = `read ${article.id}`;
  }
}

export const pressEntities = [Town, Person, Writer, Editor, Chief, Seal, Article, Topic, RoadSchema, Weight] as const;

export const pressRows = [
  `INSERT INTO town SELECT i, 'Town ' || i FROM generate_series(1, 4) i`,
  `INSERT INTO person (name, kind, pen, level, budget, "contactEmail", "contactPhonePrefix", "contactPhoneDigits", "contactTownid", "mentorId", "goneAt")
   SELECT 'P' || i, (ARRAY['writer', 'Editor', 'Chief', 'unknown', 'Person'])[i % 5 + 1], CASE WHEN i % 5 = 0 THEN nullif('pen ' || i, 'pen 5') END,
          CASE WHEN i % 5 IN (1, 2) THEN i END, CASE WHEN i % 5 = 2 THEN i * 100 END, nullif('p' || i || '@x.example', 'p3@x.example'),
          CASE WHEN i % 3 > 0 THEN '0' || i END, CASE WHEN i % 4 > 0 THEN repeat(i::text, 3) END, CASE WHEN i % 3 > 0 THEN i % 4 + 1 END,
          CASE WHEN i > 1 THEN i / 2 END, CASE WHEN i % 6 = 3 THEN now() END
     FROM generate_series(1, 25) i`,
  `INSERT INTO seal SELECT 'Motto ' || i, CASE WHEN i < 4 THEN i * 5 + 2 END FROM generate_series(1, 4) i`,
  `INSERT INTO topic SELECT chr(96 + i), CASE WHEN i % 3 > 0 THEN i % 3 END, CASE WHEN i < 6 THEN 'Town ' || i % 3 + 1 END FROM generate_series(1, 7) i`,
  `INSERT INTO article (title, body, notes, picture, version, "writerId")
   SELECT nullif('Title ' || i, 'Title 4'), 'body', CASE WHEN i % 2 = 0 THEN jsonb_build_object('n', i, 'list', ARRAY[1, null]) END,
          CASE WHEN i % 3 = 0 THEN decode('00ff0' || i % 10, 'hex') END, i, CASE WHEN i % 4 > 0 THEN (i % 5 + 1) * 5 END
     FROM generate_series(1, 20) i`,
  `INSERT INTO road SELECT chr(64 + i), nullif(i * 1.5, 3), CASE WHEN i > 3 THEN chr(64 + i / 2) END FROM generate_series(1, 8) i`,
  `INSERT INTO road_crosses_road SELECT chr(64 + a), chr(64 + b) FROM generate_series(1, 8) a, generate_series(1, 8) b WHERE (a * b) % 5 = 1`,
  `INSERT INTO article_topics_topic SELECT a, chr(96 + t) FROM generate_series(1, 20) a, generate_series(1, 7) t WHERE (a * t) % 5 = 1`,
];
