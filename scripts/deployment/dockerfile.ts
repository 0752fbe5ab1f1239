import { DockerfileParser, PropertyInstruction, type Instruction } from 'dockerfile-ast';
import { ModifiableInstruction } from 'dockerfile-ast/lib/modifiableInstruction.js';

/** One instruction after FROM. */
export interface DockerfileStep {
  /** In capitals: RUN, COPY, ENV, … */
  readonly keyword: string;
  /** `--from=packages` is `from`: `packages`. */
  readonly flags: Readonly<Record<string, string>>;
  /** What follows the flags, as words; of the JSON form, its texts. */
  readonly words: readonly string[];
  /** True for the JSON form, which no shell reads. */
  readonly isExec: boolean;
  /** What ENV, ARG and LABEL set; null where a name has no value. */
  readonly properties: readonly (readonly [name: string, value: string | null])[];
  /** What follows the keyword and the flags, in one line. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

/** What stands between one FROM and the next. */
export interface DockerfileStage {
  readonly name: string | null;
  /** The image, or the name of an earlier stage. */
  readonly base: string;
  readonly steps: readonly DockerfileStep[];
}

/**
 * Reads a Dockerfile into its stages. Nothing is expanded: variables stay as they are written.
 * @throws Error when it has no FROM, or a step before the first one.
 */
export function parseDockerfile(text: string): DockerfileStage[] {
  const stages: { name: string | null; base: string; steps: DockerfileStep[] }[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const step = toStep(instruction);
    if (step.keyword === 'FROM') {
      const [base = '', as, name = null] = step.words;
      stages.push({ base, name: as?.toUpperCase() === 'AS' ? name : null, steps: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (!stage) throw new Error(`Line ${String(step.line)}: ${step.keyword} stands before the first FROM.`);
    stage.steps.push(step);
  }
  if (stages.length === 0) throw new Error('The Dockerfile has no FROM.');
  return stages;
}

function toStep(instruction: Instruction): DockerfileStep {
  const modifiable = instruction instanceof ModifiableInstruction ? instruction : null;
  const flags = Object.fromEntries(
    (modifiable?.getFlags() ?? []).map((flag) => [flag.getName(), flag.getValue() ?? '']),
  );
  const words = instruction.getArguments().map((argument) => argument.getValue());
  const keyword = instruction.getKeyword();
  const text = (instruction.getArgumentsContent() ?? '').replace(/^(?:--[\w-]+(?:=\S+)?\s+)+/, '');
  // HEALTHCHECK has its JSON form behind CMD.
  const list = jsonList(keyword === 'HEALTHCHECK' ? text.replace(/^CMD\s+/i, '') : text);
  return {
    keyword,
    flags,
    words: list ?? words,
    isExec: list !== null,
    properties:
      instruction instanceof PropertyInstruction
        ? instruction.getProperties().map((property) => [property.getName(), property.getValue()] as const)
        : [],
    text,
    line: instruction.getRange().start.line + 1,
  };
}

function jsonList(text: string): string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === 'string') ? list : null;
  } catch {
    return null;
  }
}
