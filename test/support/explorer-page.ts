import assert from 'node:assert/strict';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Debian's Chromium. @throws Error when it is not installed (apt-get install chromium). */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/**
 * Blocks every host but the gateway's and notes down everything that must not happen: other hosts, errors and warnings
 * on the console, uncaught errors, answers from 400 on, violations of a policy.
 */
export async function watchBrowser(context: BrowserContext, origin: string): Promise<readonly string[]> {
  const complaints: string[] = [];
  await context.route(
    (url) => url.origin !== origin,
    (route) => {
      complaints.push(`asked another host: ${route.request().url()}`);
      return route.abort();
    },
  );
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  context.on('weberror', (error) => complaints.push(`uncaught: ${error.error().message}`));
  context.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${String(response.status())} for ${response.url()}`);
  });
  await context.addInitScript({
    content: `addEventListener('securitypolicyviolation', (event) => {
      console.error('policy violation: ' + event.violatedDirective + ' ' + event.blockedURI);
    });`,
  });
  return complaints;
}

/** Opens the explorer and waits until its editors know the schema. */
export async function openExplorer(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  // The play button only works once the editors know the schema.
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).waitFor();
  await page.getByText('Ask Snowgate').waitFor();
}

/** Presses the play button of the open tab and gives the answer, as the server sent it. */
export async function runTab(page: Page): Promise<{ data: Record<string, unknown>; errors?: unknown }> {
  const answered = page.waitForResponse((response) => {
    const body = response.request().postData() ?? '';
    return response.url().endsWith('/graphql') && !body.includes('IntrospectionQuery');
  });
  await page.locator('.graphiql-execute-button').click();
  const answer: unknown = await (await answered).json();
  assert.ok(
    typeof answer === 'object' && answer !== null && 'data' in answer,
    `an answer has data: ${JSON.stringify(answer)}`,
  );
  assert.ok(!('errors' in answer), `the example is answered without errors: ${JSON.stringify(answer)}`);
  await page.locator('.result-window .view-line', { hasText: '"data"' }).waitFor();
  return answer as { data: Record<string, unknown> };
}
