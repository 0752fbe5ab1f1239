import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begun last, one of these would keep a single worker busy at the end. */
const LONGEST = [
  'sync-kills.test.ts',
  'ranking-service.test.ts',
  'secrets.test.ts',
  'sync-changes.test.ts',
  'lifecycle.test.ts',
  'sync.test.ts',
];

/** Begins with the files that take longest, known by name, because a fresh checkout remembers no durations. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files);
    const first = LONGEST.flatMap((name) => rest.filter(({ moduleId }) => basename(moduleId) === name));
    return [...first, ...rest.filter((file) => !first.includes(file))];
  }
}
