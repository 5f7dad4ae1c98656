import 'reflect-metadata';
import assert from 'node:assert/strict';
import { exportSnapshot, openStore, Snapshot } from '@permafrost/typeorm-adapter';
import { Column, DataSource, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';

@Entity()
@Snapshot() // the line you add to an entity that you have
class Company {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @OneToMany(() => Customer, 'company') customers!: Relation<Customer[]>;
}

@Entity()
@Snapshot()
class Customer {
  @PrimaryGeneratedColumn() id!: number;
  @Column() email!: string;
  @ManyToOne(() => Company, 'customers', { cascade: true }) company!: Relation<Company>;
  get domain() {
    return this.email.split('@')[1];
  }
}

const entities = [Company, Customer];

async function nightlyJob(url: string, directory: string) {
  const dataSource = await new DataSource({ type: 'postgres', url, entities, synchronize: true }).initialize();
  await dataSource.getRepository(Customer).save({ email: 'ada@math.example', company: { name: 'Engines' } });
  await exportSnapshot(dataSource, { directory, entities });
  await dataSource.destroy();
}

async function webWorker(directory: string) {
  using store = await openStore({ directory, entities }); // no database
  const ada = await store.getRepository(Customer).findOneBy({ email: 'ada@math.example' });
  assert(ada instanceof Customer && ada.domain === 'math.example');
  assert.equal(ada.company.name, 'Engines');
  assert(ada.company.customers.some((customer) => customer.id === ada.id));
  assert.equal(store.snapshot.get(Customer, ada.id)?.email, ada.email); // the same, synchronously
}

nightlyJob(process.env['DATABASE_URL']!, 'snapshots').then(() => webWorker('snapshots'));
