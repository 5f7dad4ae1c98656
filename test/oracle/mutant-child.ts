/** One fault, in a process of its own: how many generated queries it takes until an answer differs. */
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import type { Mutant } from './mutants';

/** What the parent asks for. */
export interface MutantTask {
  readonly mutant: Mutant;
  /** A database that holds the zoo. */
  readonly url: string;
  readonly seed: number;
  readonly mostQueries: number;
  /** Numbers of queries whose answers differ without the fault. */
  readonly known: readonly number[];
}

/** What it gets back: the queries that found the fault, the first ones. */
export type MutantReport = readonly { readonly number: number; readonly query: string }[];

process.once('message', (task: MutantTask) => {
  run(task).then(
    (report) => process.send!(report, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(2);
    },
  );
});

async function run({ mutant, url, seed, mostQueries, known }: MutantTask): Promise<MutantReport> {
  const isLoaded = replaceWhenLoaded(mutant);
  // Loaded now, so that the fault is in all of it.
  const { runCampaign } = require('./campaign') as typeof import('./campaign');
  const { sidesOf } = require('./sides') as typeof import('./sides');
  const { freeze, openWorld } = require('./worlds') as typeof import('./worlds');
  const { printQuery } = require('./query') as typeof import('./query');
  if (!isLoaded())
    throw new Error(`${mutant.file} was not loaded: name the file that the fault "${mutant.name}" belongs into.`);
  const world = await openWorld('zoo', url);
  const frozen = await freeze(world);
  try {
    const { dataSource } = world;
    const { differences } = await runCampaign({
      dataSource,
      metadatas: [...frozen.stores.keys()],
      sides: sidesOf(frozen),
      isExported: frozen.isExported,
      seed,
      count: mostQueries,
      known,
      mostDifferences: mutant.from === mutant.to ? 100 : 1,
    });
    return differences.map(({ number, reduced, side }) => ({ number, query: `${printQuery(reduced)} (${side})` }));
  } finally {
    frozen.close();
    await world.dataSource.destroy();
  }
}

/** Gives a function that says whether the file has been loaded. Throws at loading where the text is not in it. */
function replaceWhenLoaded({ name, file, from, to }: Mutant): () => boolean {
  let isLoaded = false;
  const extensions = (Module as any)._extensions;
  const load = extensions['.js'];
  extensions['.js'] = (module: any, filename: string) => {
    if (!filename.endsWith(`/${file}`)) return load(module, filename);
    const text = readFileSync(filename, 'utf8');
    if (text.split(from).length !== 2)
      throw new Error(`${filename} does not hold, once, what the fault "${name}" replaces: ${from}`);
    isLoaded = true;
    module._compile(
      text.replace(from, () => to),
      filename,
    );
  };
  return () => isLoaded;
}
