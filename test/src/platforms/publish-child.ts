/** Publishes a generation in the folder argv[2], opens it, reads, verifies, preloads and closes it, and prints what it found. */
import { createGeneration, defineSchema, openGeneration } from '@permafrost/core';

const schema = defineSchema([
  {
    name: 'Person',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'email', type: 'text' },
      { name: 'country', type: 'text' },
    ],
    relations: [
      { name: 'manager', kind: 'to-one', target: 'Person' },
      { name: 'staff', kind: 'to-many', target: 'Person', inverse: 'manager' },
    ],
  },
]);

async function main(directory: string): Promise<void> {
  const generation = createGeneration({ directory, schema });
  for (let id = 500; id > 0; id--) {
    generation.writer.add('Person', {
      id,
      email: `p${id}@mail.example`,
      country: `c${id % 9}`,
      manager: id >> 1 || null,
    });
  }
  const { summary } = await generation.publish();
  const { snapshot } = await openGeneration(directory);
  const lines: string[] = [];
  for (const { id, email, country, manager, staff } of snapshot.all('Person') as Iterable<any>) {
    lines.push(`${id} ${email} ${country} ${manager?.id} ${staff.map((other: { id: number }) => other.id)}`);
  }
  const findings = await snapshot.verify();
  const isLoaded = (await snapshot.memory().preload()) === summary.size;
  const held = snapshot.get('Person', 7)!;
  snapshot.close();
  let afterClose: unknown;
  try {
    afterClose = held['email'];
  } catch (error) {
    afterClose = (error as { code?: string }).code;
  }
  const { backend } = snapshot;
  process.stdout.write(JSON.stringify({ backend, lines, findings, isLoaded, afterClose }));
}

void main(process.argv[2]!);
