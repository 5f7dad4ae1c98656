/** One combination of database locale and time zone: a process of its own, as a time zone holds for a process. Its report goes to the parent. */
import { type Campaign, printDifference, runCampaign } from './campaign';
import { sidesOf } from './sides';
import { freeze, openWorld, type WorldName } from './worlds';

/** What the parent asks for. */
export interface CombinationTask {
  readonly worlds: readonly { readonly name: WorldName; readonly url: string; readonly count: number }[];
  readonly seed: number;
  readonly only?: number;
}

/** What it gets back, world by world. */
export interface WorldReport extends Omit<Campaign, 'differences'> {
  readonly world: WorldName;
  readonly differences: readonly string[];
  /** Groups of entities that were not exported, with the reason. */
  readonly notExported: Readonly<Record<string, string>>;
}

process.once('message', (task: CombinationTask) => {
  run(task).then(
    (reports) => process.send!(reports, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(2);
    },
  );
});

async function run({ worlds, seed, only }: CombinationTask): Promise<WorldReport[]> {
  const reports: WorldReport[] = [];
  for (const { name, url, count } of worlds) {
    const world = await openWorld(name, url);
    const frozen = await freeze(world);
    try {
      const { differences, ...campaign } = await runCampaign({
        dataSource: world.dataSource,
        metadatas: [...frozen.stores.keys()],
        sides: sidesOf(frozen),
        isExported: frozen.isExported,
        seed,
        count,
        ...(only === undefined ? {} : { only }),
      });
      reports.push({
        world: name,
        ...campaign,
        differences: differences.map(printDifference),
        notExported: frozen.refused,
      });
    } finally {
      frozen.close();
      await world.dataSource.destroy();
    }
  }
  return reports;
}
