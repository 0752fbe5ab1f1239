/* global document, fetch, FormData, performance */
const element = (id) => document.getElementById(id);

/** Columns of a list of recommendations: field, title, whether it is a number. */
const COLUMNS = [
  ['rank', '#', true],
  ['product_name', 'Product', false],
  ['category', 'Category', false],
  ['price', 'Price', true],
  ['score', 'Score', true],
  ['in_stock_qty', 'In stock', true],
  ['est_delivery_days', 'Days', true],
];

/** Asks a route, relative to this page, and shows status, time, list and text of the answer. */
async function ask(path, options) {
  show('Asking…', '');
  const startedAt = performance.now();
  try {
    const response = await fetch(path, options);
    const text = await response.text();
    const elapsed = (performance.now() - startedAt).toFixed(0);
    show(`${response.status} ${response.statusText} in ${elapsed} ms`, text, response.ok);
  } catch (error) {
    show(`No answer: ${error.message}`, '', false);
  }
}

function show(status, text, isGood = true) {
  element('status').textContent = status;
  element('status').classList.toggle('bad', !isGood);
  const value = parsed(text);
  element('list').replaceChildren(...tables(value));
  element('body').textContent = value === undefined ? text : JSON.stringify(value, null, 2);
}

/** Not every answer is JSON: a proxy in front may have answered. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tables(value) {
  if (!value?.recommendations?.length) return [];
  const table = document.createElement('table');
  table.createTHead().append(row('th', (column) => column[1]));
  table
    .createTBody()
    .append(...value.recommendations.map((item) => row('td', ([field]) => String(item[field] ?? '–'))));
  return [table];
}

function row(tag, textOf) {
  const line = document.createElement('tr');
  for (const column of COLUMNS) {
    const cell = document.createElement(tag);
    cell.textContent = textOf(column);
    cell.classList.toggle('number', column[2]);
    line.append(cell);
  }
  return line;
}

element('recommend').addEventListener('submit', (event) => {
  event.preventDefault();
  const { customer_id: customerId, zip_code: zipCode, top_n: topN } = Object.fromEntries(new FormData(event.target));
  // As text: ids may have more digits than a JavaScript number holds.
  const body = JSON.stringify({ customer_id: customerId.trim(), zip_code: zipCode, top_n: Number(topN) });
  ask('recommend', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
});

element('health').addEventListener('click', () => ask('health'));

element('customer').addEventListener('submit', (event) => {
  event.preventDefault();
  const { ids } = Object.fromEntries(new FormData(event.target));
  ask(`customer/${encodeURIComponent(ids.replaceAll(' ', '')).replaceAll('%2C', ',')}`);
});
