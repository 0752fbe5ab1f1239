import { GROUPS, type Finding } from '../jobs/check-installation/finding.ts';

const SYMBOLS: Readonly<Record<Finding['status'], string>> = { ok: '✓', warning: '!', broken: '✗', skipped: '·' };
const COLOURS: Readonly<Record<Finding['status'], string>> = {
  ok: '\u001B[32m',
  warning: '\u001B[33m',
  broken: '\u001B[31m',
  skipped: '\u001B[2m',
};
const BOLD = '\u001B[1m';
const RESET = '\u001B[0m';
const CHECK_WIDTH = 9;

/** Findings for people: grouped, one line each, what to do in the line below, and a count at the end. */
export function describeFindings(findings: readonly Finding[], isColoured: boolean): string {
  const paint = (colour: string, text: string): string => (isColoured ? `${colour}${text}${RESET}` : text);
  const lines = GROUPS.flatMap((group) => {
    const own = findings.filter((finding) => finding.group === group);
    if (own.length === 0) return [];
    const title = group.charAt(0).toUpperCase() + group.slice(1);
    return [paint(BOLD, title), ...own.flatMap((finding) => linesOf(finding, paint)), ''];
  });
  const count = (status: Finding['status']): number => findings.filter((finding) => finding.status === status).length;
  const sum = `${count('ok')} fine, ${count('warning')} warnings, ${count('broken')} broken, ${count('skipped')} not looked at`;
  return `${[...lines, sum].join('\n')}\n`;
}

function linesOf(finding: Finding, paint: (colour: string, text: string) => string): string[] {
  const { status, check, text } = finding;
  const symbol = paint(COLOURS[status], SYMBOLS[status]);
  const line = `  ${symbol} ${check.padEnd(CHECK_WIDTH)}  ${text}`;
  if (!('fix' in finding)) return [line];
  return [line, `    ${' '.repeat(CHECK_WIDTH)}  → ${finding.fix}`];
}
