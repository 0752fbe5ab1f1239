import { describe, expect, it } from 'vitest';
import { daysAfter, defaultMoments, isPropensityMoment, LABEL_DAYS } from './training-moments.ts';

const END = new Date('2026-11-01T00:00:00Z');

function daysLeft(moments: readonly Date[]): number[] {
  return moments.map((moment) => (END.getTime() - moment.getTime()) / 86_400_000);
}

describe('the moments of an export', () => {
  it('end with the test, are a week apart before it, and none learns of days that the test asks about', () => {
    expect(daysLeft(defaultMoments(END, 5))).toEqual([49, 42, 35, 28, 14]);
    expect(daysLeft(defaultMoments(END, 2))).toEqual([28, 14]);
    const [beforeTest, test] = defaultMoments(END, 13).slice(-2) as [Date, Date];
    expect(daysAfter(beforeTest, LABEL_DAYS)).toEqual(test);
  });

  it('are of propensities too where windows of 28 days follow one another up to the end', () => {
    const some = defaultMoments(END, 13).filter((moment) => isPropensityMoment(moment, END));
    expect(daysLeft(some)).toEqual([84, 56, 28]);
  });
});
