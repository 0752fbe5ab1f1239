import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUMS_FILE } from '../clients/model-folder.ts';
import { OperatorError } from '../errors.ts';
import { INSTALLATION } from '../installation.ts';
import type { CategoryModel } from '../ranking/category-model.ts';
import type { Factorization } from '../ranking/factorization.ts';
import { describeModel, loadCategoryModel, loadFactorization, loadModel, type LoadedModel } from './load-model.ts';
import { modelIdText, parseModelId, type ModelId } from './model-id.ts';

/** Where the models are. */
export interface ModelRegistryOptions {
  /** Folder of the folders `<name>/<version>`. */
  readonly root: string;
  /** `name@version` that is used whatever is chosen; undefined to follow the choice. */
  readonly pinned?: string | undefined;
}

/** What serves before anybody has chosen. */
const DEFAULT_MODEL = 'ranking@5';
/** The name that training gives to models of propensities. */
const PROPENSITY_MODEL = 'propensity';
/** A small text file, so that whoever serves can look at it every second. */
const CHOICE_FILE = 'chosen-model';

/** The registry that the settings name. */
export function openRegistry({
  MODEL_FOLDER,
  RANKING_MODEL,
}: {
  readonly MODEL_FOLDER?: string | undefined;
  readonly RANKING_MODEL?: string | undefined;
}): ModelRegistry {
  return new ModelRegistry({ root: MODEL_FOLDER ?? INSTALLATION.models, pinned: RANKING_MODEL });
}

/** The models on disk, and which of them is to serve. Versions do not change once they are there; new ones are added. */
export class ModelRegistry {
  readonly #root: string;
  readonly #pinned: string | undefined;

  constructor({ root, pinned }: ModelRegistryOptions) {
    this.#root = root;
    this.#pinned = pinned;
  }

  /** Every version that has sums, sound or not, by name and then version, 2 before 10. */
  list(): readonly ModelId[] {
    const order = new Intl.Collator('en', { numeric: true });
    return foldersIn(this.#root)
      .flatMap((name) => foldersIn(join(this.#root, name)).map((version) => ({ name, version })))
      .filter((id) => parseModelId(modelIdText(id)) !== null && existsSync(join(this.folderOf(id), SUMS_FILE)))
      .toSorted((a, b) => order.compare(a.name, b.name) || order.compare(a.version, b.version));
  }

  /** The folder of a version, which need not be there. */
  folderOf({ name, version }: ModelId): string {
    return join(this.#root, name, version);
  }

  /** Reads and checks a version of a ranking model. @throws OperatorError with the reason when it cannot be used. */
  load(id: ModelId): LoadedModel {
    return loadModel(this.folderOf(id));
  }

  /** Reads and checks a version of a factorization of ratings. @throws OperatorError as `load` does. */
  loadFactorization(id: ModelId): Factorization {
    return loadFactorization(this.folderOf(id));
  }

  /** Reads and checks a version of a propensity model. @throws OperatorError as `load` does. */
  loadCategoryModel(id: ModelId): CategoryModel {
    return loadCategoryModel(this.folderOf(id));
  }

  /** The newest version of the propensity model; null where there is none. @throws OperatorError as `load` does. */
  newestPropensityModel(): CategoryModel | null {
    const id = this.list().findLast(({ name }) => name === PROPENSITY_MODEL);
    return id ? this.loadCategoryModel(id) : null;
  }

  /** Reads and checks a version of any model. @throws OperatorError as `load` does. */
  describe(id: ModelId): ReturnType<typeof describeModel> {
    return describeModel(this.folderOf(id));
  }

  /** The version that is to serve. @throws OperatorError when what was chosen is no `name@version`. */
  wanted(): ModelId {
    return this.idOf(this.wantedText());
  }

  /** What is to serve as it was written, which changes when the choice does. */
  wantedText(): string {
    if (this.#pinned !== undefined) return this.#pinned;
    try {
      return readFileSync(join(this.#root, CHOICE_FILE), 'utf8').trim();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return DEFAULT_MODEL;
      throw new OperatorError(`${CHOICE_FILE} in ${this.#root} cannot be read; choose with \`snowgate models use\`.`, {
        cause,
      });
    }
  }

  /** The id in a text. @throws OperatorError when it is none. */
  idOf(text: string): ModelId {
    const id = parseModelId(text);
    if (id) return id;
    const shown = JSON.stringify(text.slice(0, 80));
    throw new OperatorError(
      `${shown} names no model: it must look like ${DEFAULT_MODEL}; see \`snowgate models list\`.`,
    );
  }

  /**
   * Chooses a version of a ranking model, once it was seen to work; gateways without RANKING_MODEL take it up within seconds.
   * @throws OperatorError when it cannot be used or the choice cannot be written. The earlier choice then stays.
   */
  choose(id: ModelId): void {
    this.load(id);
    const path = join(this.#root, CHOICE_FILE);
    const draft = `${path}.${String(process.pid)}`;
    try {
      writeFileSync(draft, `${modelIdText(id)}\n`);
      // Whoever reads sees the old line or the new one, never half of one.
      renameSync(draft, path);
    } catch (cause) {
      rmSync(draft, { force: true });
      throw new OperatorError(`${path} cannot be written: let MODEL_FOLDER name a folder that may be written to.`, {
        cause,
      });
    }
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
