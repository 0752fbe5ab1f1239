/**
 * Opens the explorer in Chromium the way a person would, with every other host blocked, and fails on whatever the
 * browser complains about: wide as it is, narrow behind the stub of Snowflake's ingress. Usage: node
 * test/e2e/explorer.ts [url]. Without a url it starts a gateway of its own.
 * Screenshots of both widths and both colour schemes go to screenshots/.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openExplorer, runTab, startBrowser, watchBrowser } from '../support/explorer-page.ts';
import { ROOT_FOLDER } from '../support/folders.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { startIngressStub } from '../support/ingress-stub.ts';

const SCREENSHOTS = join(ROOT_FOLDER, 'screenshots');
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };

interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

/** A gateway on a free port with a small data set of its own, gone after `stop`. */
async function startGateway(): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), 'snowgate-e2e-'));
  const gateway = startGatewayProcess(['serve'], {
    PORT: '0',
    DATA_FOLDER: join(folder, 'data'),
    DEMO_CUSTOMERS: '300',
  });
  const stop = async () => {
    gateway.kill('SIGTERM');
    await gateway.ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [, url = ''] = await gateway.waitFor(/open (http:\S+)/);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const tab = (page: Page, name: string) => page.getByRole('tab', { name });

async function askEveryExample(page: Page): Promise<void> {
  const examples = {
    CustomerProfile: 'customer',
    Segment: 'customerSegment',
    RankedList: 'recommendations',
    ProductPage: 'product',
  };
  for (const [title, field] of Object.entries(examples)) {
    await tab(page, title).click();
    await page.getByText('Ask Snowgate').waitFor();
    const { data } = await runTab(page);
    assert.ok(data[field], `${title} finds something in the demo data`);
    assert.equal(await page.getByText('Ask Snowgate').count(), 0, 'the welcome makes room for the answer');
  }
}

async function readTheDocs(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.locator('.graphiql-plugin').getByRole('link', { name: 'Query', exact: true }).click();
  await page.locator('.graphiql-plugin').getByText('One customer by id, or null where there is none.').waitFor();
}

async function closeTheDocs(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
}

async function historyRemembers(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Show History' }).click();
  await page.locator('.graphiql-history-item').first().waitFor();
  assert.ok((await page.locator('.graphiql-history-item').count()) >= 4, 'every question is in the history');
  await page.getByRole('button', { name: 'Hide History' }).click();
}

async function survivesReload(page: Page): Promise<void> {
  await tab(page, 'RankedList').click();
  await page.waitForTimeout(700); // GraphiQL writes its tabs to the storage after half a second.
  await page.reload();
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  assert.equal(await page.getByRole('tab').count(), 4, 'a reload neither adds nor loses a tab');
  assert.equal(await tab(page, 'RankedList').getAttribute('aria-selected'), 'true', 'a reload keeps the open tab');
  await page.locator('.graphiql-editor-tool .view-line', { hasText: 'maxPerCategory' }).waitFor();
}

/** Completion and error marks come from the background threads and know the schema. */
async function editorHelps(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New tab' }).click();
  await page.locator('.graphiql-query-editor .monaco-editor').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('query Mistake { costumer inv', { delay: 20 });
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'inventory' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.graphiql-query-editor .squiggly-error').first().waitFor();
}

/** On a narrow screen nothing sticks out, and the side pane lies over the page and goes away again. */
async function fitsNarrow(page: Page): Promise<void> {
  const width = await page.evaluate<unknown>('document.documentElement.scrollWidth');
  assert.equal(width, NARROW.width, 'nothing sticks out sideways');
  const editors = await page.locator('.graphiql-editors').boundingBox();
  const response = await page.locator('.graphiql-response').boundingBox();
  assert.ok(editors && response && response.y >= editors.y + editors.height, 'the answer stands below the question');
}

async function visit(browser: Browser, url: string, colorScheme: 'light' | 'dark', wide: boolean): Promise<void> {
  const context = await browser.newContext({ viewport: wide ? WIDE : NARROW, colorScheme });
  const complaints = await watchBrowser(context, new URL(url).origin);
  const page = await context.newPage();
  const shot = (name: string) =>
    page.screenshot({ path: join(SCREENSHOTS, `explorer-${String(wide ? 1280 : 390)}-${colorScheme}-${name}.png`) });
  await openExplorer(page, url);
  await shot('welcome');
  await askEveryExample(page);
  await tab(page, 'RankedList').click();
  if (!wide) await fitsNarrow(page);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(300); // The tab slides into view.
  await shot('answer');
  await readTheDocs(page);
  await shot('docs');
  await closeTheDocs(page);
  await historyRemembers(page);
  await survivesReload(page);
  await editorHelps(page);
  await context.close();
  assert.deepEqual(complaints, [], 'the browser has nothing to complain about');
}

async function main(): Promise<void> {
  const given = process.argv[2];
  const gateway = given === undefined ? await startGateway() : { url: given, stop: () => Promise.resolve() };
  const browser = await startBrowser();
  const ingress = await startIngressStub({ instances: [gateway.url], user: 'ANN' });
  try {
    await mkdir(SCREENSHOTS, { recursive: true });
    for (const address of ['', 'graphql']) {
      const response = await fetch(new URL(address, gateway.url), { headers: { accept: 'text/html' } });
      assert.match(await response.text(), /<title>Snowgate explorer<\/title>/, `the explorer is at /${address}`);
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await visit(browser, gateway.url, colorScheme, true);
      await visit(browser, ingress.url, colorScheme, false);
    }
    console.log(`The explorer works. Screenshots are in ${SCREENSHOTS}.`);
  } finally {
    await browser.close();
    await ingress.close();
    await gateway.stop();
  }
}

await main();
