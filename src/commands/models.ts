import type { Command } from 'commander';
import { parseConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { modelIdText } from '../registry/model-id.ts';
import { openRegistry, type ModelRegistry } from '../registry/model-registry.ts';
import type { CommandContext } from './command-context.ts';

/** `models`: what models there are, whether they work, and which one is to serve. */
export function addModelsCommand(program: Command, context: CommandContext): void {
  const models = program
    .command('models')
    .description('list, check and choose the models in MODEL_FOLDER')
    .addHelpText(
      'after',
      '\nGateways without RANKING_MODEL take up within seconds what `use` chose, without a restart.\n\nExamples:\n' +
        '  snowgate models list\n  snowgate models use ranking@5',
    );
  const registry = (): ModelRegistry => openRegistry(parseConfig(context.environment));
  models
    .command('list')
    .description('every model with its state; * marks the one that is to serve')
    .addHelpText('after', '\nExample:\n  snowgate models list')
    .action(() => {
      list(registry(), context);
    });
  models
    .command('show')
    .description('the manifest of a model: columns, metrics, what it was made from')
    .argument('<model>', 'name@version')
    .addHelpText('after', '\nExample:\n  snowgate models show ranking@5')
    .action((text: string) => {
      const known = registry();
      const { manifest } = known.describe(known.idOf(text));
      context.stdout.write(`${JSON.stringify(manifest, null, 2)}\n`);
    });
  models
    .command('use')
    .description('check a ranking model and choose it')
    .argument('<model>', 'name@version')
    .addHelpText('after', '\nExample:\n  snowgate models use ranking@5')
    .action((text: string) => {
      use(registry(), text, context);
    });
  models
    .command('verify')
    .description('read a model as serving does: sums, manifest, trees, reasons; ends with 1 when it cannot be used')
    .argument('[model]', 'name@version (default: all of them)')
    .addHelpText('after', '\nExamples:\n  snowgate models verify\n  snowgate models verify ranking@5')
    .action((text?: string) => {
      verify(registry(), text, context);
    });
}

function list(registry: ModelRegistry, { stdout }: CommandContext): void {
  const wanted = registry.wantedText();
  for (const id of registry.list()) {
    const text = modelIdText(id);
    stdout.write(`${text === wanted ? '*' : ' '} ${text.padEnd(24)} ${stateOf(registry, text)}\n`);
  }
}

function use(registry: ModelRegistry, text: string, { stderr, environment }: CommandContext): void {
  const id = registry.idOf(text);
  registry.choose(id);
  const pinned = environment['RANKING_MODEL'] ?? '';
  stderr.write(
    pinned === ''
      ? `${text} is chosen.\n`
      : `${text} is chosen, but where RANKING_MODEL=${pinned} is set, as here, that one serves.\n`,
  );
}

function verify(registry: ModelRegistry, text: string | undefined, { stdout }: CommandContext): void {
  const texts = text === undefined ? registry.list().map(modelIdText) : [modelIdText(registry.idOf(text))];
  if (texts.length === 0) throw new OperatorError('There is no model to verify: let MODEL_FOLDER name their folder.');
  const broken = texts.filter((each) => {
    const state = stateOf(registry, each);
    stdout.write(`${each}: ${state}\n`);
    return !state.startsWith('ok');
  });
  if (broken.length > 0) throw new OperatorError(`Cannot be used: ${broken.join(', ')}.`);
}

/** In one line. */
function stateOf(registry: ModelRegistry, text: string): string {
  try {
    return `ok, ${registry.describe(registry.idOf(text)).summary}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
