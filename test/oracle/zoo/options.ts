/** An entity with every column option, and what else an entity can say of itself: defaults, hidden and made-up columns, listeners, members. */
import { Snapshot } from '@permafrost/typeorm-adapter';
import {
  AfterLoad,
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  Entity,
  Generated,
  Index,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  RelationId,
  UpdateDateColumn,
  type ValueTransformer,
  VersionColumn,
  VirtualColumn,
} from 'typeorm';

/** Cents in the database, an object in the program; null has a meaning too. */
class Money {
  constructor(readonly cents: number | null) {}
}
const money: ValueTransformer = {
  to: (value) => (value instanceof Money ? value.cents : value),
  from: (cents: number | null) => new Money(cents),
};
const lowerCase: ValueTransformer = {
  to: (value) => (typeof value === 'string' ? value.toLowerCase() : value),
  from: (value) => value,
};
const exclaimed: ValueTransformer = {
  to: (value) => (typeof value === 'string' ? value.replace(/!$/, '') : value),
  from: (value) => (value === null ? 'nothing!' : `${value}!`),
};

/** What all entities of an application share. */
abstract class Recorded {
  @PrimaryGeneratedColumn() id!: number;
  @CreateDateColumn() createdAt!: Date;
  @UpdateDateColumn({ type: 'timestamptz' }) updatedAt!: Date;
  @DeleteDateColumn() deletedAt!: Date | null;
  @VersionColumn() version!: number;
}

@Snapshot({ include: ['secret'] })
@Entity({ name: 'opt_article', orderBy: { rank: 'DESC', id: 'ASC' } })
export class Article extends Recorded {
  /** Set by the constructor before TypeORM fills the instance. */
  tags: string[] = ['fresh'];
  #seen = 0;
  @Column({ type: 'text', name: 'the_title', comment: 'as printed' }) title!: string;
  @Index() @Column({ type: 'int', default: 7 }) rank!: number;
  @Column({ type: 'int', nullable: true, transformer: money }) price!: Money;
  @Column({ type: 'text', nullable: true, transformer: [lowerCase, exclaimed] }) slogan!: string;
  @Column({ type: 'text', select: false, nullable: true }) secret?: string | null;
  @Column({ type: 'text', collation: 'C', nullable: true }) code!: string | null;
  @Column({
    type: 'int',
    generatedType: 'STORED',
    asExpression: '"rank" % 7',
    nullable: true,
    insert: false,
    update: false,
  })
  twice!: number;
  @Column('uuid') @Generated('uuid') token!: string;
  @Column({ type: 'int', unsigned: true, update: false, nullable: true, unique: false }) amount!: number | null;
  @Column({ type: 'date', utc: true, nullable: true }) day!: string | null;
  @Column({ type: 'varchar', length: 10, nullable: true, onUpdate: 'x' }) short!: string | null;
  /** No database type: TypeORM takes it from the property's. */
  @Column({ nullable: true }) flag!: boolean;
  @Column({ nullable: true, type: Number }) count!: number;
  @VirtualColumn({ query: (alias) => `SELECT count(*) FROM opt_comment c WHERE c."articleId" = ${alias}.id` })
  comments!: string;
  @ManyToOne(
    () => Author,
    (author) => author.articles,
    { nullable: true },
  )
  @JoinColumn({ name: 'written_by' })
  author!: Relation<Author> | null;
  @RelationId((article: Article) => article.author) authorKey!: number | null;
  @OneToMany(
    () => Comment,
    (comment) => comment.article,
  )
  remarks!: Relation<Comment[]>;
  @ManyToMany(() => Label) @JoinTable({ name: 'opt_article_label' }) labels!: Relation<Label[]>;
  @RelationId((article: Article) => article.labels) labelKeys!: string[];
  loadedTitle!: string;

  @AfterLoad() note() {
    this.#seen++;
    this.loadedTitle = `${this.title} (${this.#seen})`;
  }
  get shout(): string {
    return this.title.toUpperCase();
  }
}

@Entity('opt_author')
export class Author extends Recorded {
  @Column({ type: 'text', default: 'nobody' }) name!: string;
  @Column({ type: 'text', nullable: true, transformer: exclaimed }) motto!: string;
  @OneToMany(
    () => Article,
    (article) => article.author,
  )
  articles!: Relation<Article[]>;
}

@Entity('opt_comment')
export class Comment {
  @PrimaryColumn('bigint') id!: string;
  @Column('text') text!: string;
  @ManyToOne(
    () => Article,
    (article) => article.remarks,
    { nullable: false },
  )
  article!: Relation<Article>;
}

/** A transformed key. */
@Entity('opt_label')
export class Label {
  @PrimaryColumn('varchar', { length: 20, primaryKeyConstraintName: 'label_pk' }) word!: string;
  @Column({ type: 'int', nullable: true, foreignKeyConstraintName: 'unused' }) weight!: number | null;
}

export const optionEntities = [Article, Author, Comment, Label] as const;
