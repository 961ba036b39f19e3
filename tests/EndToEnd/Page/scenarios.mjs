// What a person does with the page, and what must be seen then. Each scenario gets the browser, the address, the key and a folder for pictures.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const axe = await readFile(createRequire(import.meta.url).resolve('../../node_modules/axe-core/axe.min.js'), 'utf8');
const VIEWS = { today: '/', write: '/write', train: '/train', models: '/models', corpus: '/corpus' };
const WIDE = { width: 1280, height: 860 };
const PHONE = { width: 375, height: 720 };

// A page that fails the scenario if the browser complains: a script's error, or something that the policy forbids.
async function open({ browser, address }, { inspected = true, ...options } = {}) {
  const context = await browser.newContext({ baseURL: address, viewport: WIDE, ...options });
  if (inspected) await context.addInitScript({ content: axe });
  const page = await context.newPage();
  // Only what never comes is late: the machine may be busy.
  page.setDefaultTimeout(300000);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  // The browser says only that something failed: this says what the server said.
  page.on('response', async (response) => {
    if (response.status() >= 500) complaints.push(`${response.request().method()} ${response.url()}: ${await response.text().catch((error) => error.message)}`);
  });
  page.quiet = () => assert.deepEqual(complaints, [], 'the browser complained');
  page.complaints = complaints;
  return page;
}

// Takes the complaints away, so many at least: what is refused may be refused one after the other.
async function complaintsOf(page, count) {
  for (const late = Date.now() + 300000; page.complaints.length < count && Date.now() < late;) await page.waitForTimeout(20);
  return page.complaints.splice(0).length;
}

async function giveKey(page, key) {
  await page.getByText('Key', { exact: true }).click();
  await page.getByLabel('The app\'s key').fill(key);
  await page.getByRole('button', { name: 'Keep for this tab' }).click();
}

async function accessible(page, what) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`), [], `axe on ${what}`);
}

/** Every view in both themes, wide and on a phone: no complaint, nothing wider than the screen, nothing that axe finds. */
export async function views(session) {
  for (const [theme, viewport, size] of [['light', WIDE, 'wide'], ['dark', WIDE, 'wide'], ['light', PHONE, 'phone'], ['dark', PHONE, 'phone']]) {
    const page = await open(session, { colorScheme: theme, viewport });
    for (const [name, path] of Object.entries(VIEWS)) {
      await page.goto(path);
      await page.locator('h1').waitFor();
      await page.screenshot({ path: `${session.pictures}/${name}-${theme}-${size}.png`, fullPage: true });
      for (const summary of await page.locator('main summary').all()) if (await summary.isVisible()) await summary.click();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= viewport.width, `${name} is ${width} wide on a screen of ${viewport.width}`);
      await accessible(page, `${name}, ${theme}, ${size}`);
    }
    page.quiet();
    await page.context().close();
  }
}

/** Without JavaScript everything can be read, and nothing is offered that would not work. */
export async function unscripted(session) {
  const page = await open(session, { javaScriptEnabled: false });
  await page.goto('/');
  assert.equal(await page.locator('.flow li').count(), 6);
  assert.equal(await page.locator('button:visible').count(), 0);
  await page.goto('/train');
  assert.ok(await page.locator('#loss path').count() > 3, 'the curves are drawn');
  await page.getByLabel('logarithmic').check();
  await page.getByLabel('from step').fill('50');
  await page.getByRole('button', { name: 'Show' }).click();
  assert.equal(await page.locator('#loss').getAttribute('data-log'), '1');
  assert.equal(await page.locator('#loss').getAttribute('data-from'), '50');
  await page.goto('/corpus');
  await page.getByRole('searchbox').fill('barometer');
  await page.getByRole('button', { name: 'Search' }).click();
  assert.ok(await page.locator('#posts tbody tr').count() > 0, 'the search finds posts');
  await page.goto('/write');
  assert.match(await page.locator('noscript').innerHTML(), /curl/);
  await page.context().close();
}

/** The first view: how many bytes it takes, and the milliseconds until it is there, the median of visitors who have nothing of it yet. */
export async function firstView(session) {
  const times = [];
  let bytes = 0;
  let requests = 0;
  for (let visitor = 0; visitor < 7; visitor++) {
    const page = await open(session, { inspected: false });
    const answers = [];
    page.on('response', (answer) => answers.push(answer));
    await page.goto('/', { waitUntil: 'load' });
    times.push(await page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventStart));
    assert.ok(answers.every((answer) => answer.url().startsWith(session.address)), 'all of it comes from here');
    bytes = 0;
    for (const answer of answers) bytes += (await answer.body()).length;
    requests = answers.length;
    page.quiet();
    await page.context().close();
  }
  return { bytes, requests, milliseconds: Math.round(times.sort((a, b) => a - b)[3]) };
}

/** The keyboard alone: past the navigation, into a view, through a form, and the tokens of a text. */
export async function keyboard(session) {
  const page = await open(session);
  await page.goto('/');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.goto('/');
  for (let turn = 0; turn < 4; turn++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/write');
  await page.getByText('How to choose words').focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Temperature').focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.locator('output[for=s-temperature]').textContent(), '0.85');
  const theme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  const before = await theme();
  await page.locator('#theme').focus();
  await page.keyboard.press('Space');
  assert.notEqual(await theme(), before);
  await page.reload();
  assert.notEqual(await theme(), before, 'the chosen theme stays');
  page.quiet();
  await page.context().close();
}

/** Two candidates side by side as they are made, their tokens, their originality, a vote. */
export async function write(session) {
  const page = await open(session);
  await page.goto('/write');
  await page.getByLabel('Title').fill('The kettle');
  await page.getByLabel('Seed').fill('5');
  await page.getByText('How to choose words').click();
  await page.getByLabel('Tokens at most').fill('120');
  await page.getByRole('button', { name: 'Write' }).click();
  await page.getByText('This needs the app\'s key').first().waitFor();
  assert.equal(await complaintsOf(page, 2), 2, 'two requests without a key are refused');
  await page.getByLabel('The app\'s key').fill(session.key);
  await page.getByRole('button', { name: 'Keep for this tab' }).click();

  const lengths = await page.evaluate(() => {
    globalThis.lengths = new Set();
    new MutationObserver(() => globalThis.lengths.add(document.querySelector('.texts .prose')?.textContent.length)).observe(document.getElementById('texts'), { childList: true, characterData: true, subtree: true });
  }).then(() => page.getByRole('button', { name: 'Write' }).click())
    .then(() => page.getByText('The texts are written.').waitFor({ timeout: 300000 }))
    .then(() => page.evaluate(() => [...globalThis.lengths]));
  assert.ok(lengths.length > 5, `the text came in pieces: ${lengths}`);
  assert.equal(await page.getByRole('article').count(), 2);
  const first = page.getByRole('article', { name: 'Candidate 1' });
  const text = await first.locator('.prose').textContent();
  assert.match(await first.textContent(), new RegExp(`tokens, seed 5, ${session.version}`));

  await first.getByRole('button', { name: 'Probabilities' }).click();
  await first.locator('.tok').nth(4).hover();
  assert.match(await first.locator('.tip').textContent(), /\d %\n[^]*\d %/);
  const told = await first.locator('.tip').textContent();
  await first.locator('.prose').focus();
  await page.keyboard.press('ArrowRight');
  assert.notEqual(await first.locator('.tip').textContent(), told);
  await first.getByRole('button', { name: 'Originality' }).click();
  await first.locator('.origins li').first().waitFor();
  await first.getByRole('button', { name: /^Good/ }).click();
  await page.getByText('Your vote is kept.').waitFor();
  await accessible(page, 'a written text');
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${session.pictures}/written-light-wide.png`, fullPage: true });
  page.quiet();
  await page.context().close();
  return { text };
}

/** A model that writes markup is shown as text. */
export async function hostile(session) {
  const page = await open(session);
  await page.goto('/write');
  await giveKey(page, session.key);
  const markup = '<script>document.title="taken"</script><img src=x onerror="document.title=\'taken\'">';
  await page.route('**/api/sample', (route) => route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), forcedPrefix: markup }) }));
  await page.getByRole('button', { name: 'Write' }).click();
  await page.getByText('The texts are written.').waitFor({ timeout: 300000 });
  const prose = page.getByRole('article', { name: 'Candidate 1' }).locator('.prose');
  assert.ok((await prose.textContent()).includes(markup), `the text is: ${await prose.textContent()}`);
  await page.getByRole('button', { name: 'Probabilities' }).first().click();
  await page.getByRole('button', { name: 'Originality' }).first().click();
  await page.locator('.origins li').first().waitFor();
  assert.equal(await page.locator('#texts script, #texts img').count(), 0);
  assert.notEqual(await page.title(), 'taken');
  page.quiet();
  await page.context().close();
}

async function startTraining(page, seed, steps, epochs = '') {
  const form = page.locator('form[data-action="/api/train"]');
  await form.getByLabel('Seed').fill(String(seed));
  await form.getByLabel('Steps').fill(String(steps));
  await form.getByLabel('Epochs').fill(String(epochs));
  await form.getByRole('button', { name: 'Start training' }).click();
  await page.getByText('Training starts.').waitFor();
}

// The view follows the newest run by itself.
async function pointsOf(page) {
  return page.evaluate(() => (document.querySelector('#loss .one path')?.getAttribute('d').match(/L/g)?.length ?? -1) + 1);
}

/** A run is started, seen live and cancelled; another ends, its model is tried, put in service and rolled back. */
export async function training(session) {
  const page = await open(session);
  await page.goto('/train');
  await giveKey(page, session.key);
  // Steps are a limit, and so are the times through the text: without more of these the run would end first.
  await startTraining(page, 3, 5000, 1000);
  await page.getByText('of 5,000').first().waitFor({ timeout: 300000 });
  await page.waitForFunction(() => (document.querySelector('#loss .one path')?.getAttribute('d').match(/L/g)?.length ?? 0) >= 2, undefined, { timeout: 300000 });
  const seen = await pointsOf(page);
  await page.waitForFunction((count) => document.querySelector('#loss .one path').getAttribute('d').match(/L/g).length + 1 > count, seen, { timeout: 300000 });
  assert.match(await page.locator('#train').textContent(), /Time left\d/);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${session.pictures}/training-light-wide.png` });
  await page.getByRole('button', { name: 'Cancel this run' }).click();
  await page.locator('#train .tag', { hasText: 'stopped' }).waitFor({ timeout: 300000 });

  await startTraining(page, 2, 40);
  await page.getByText('of 40').first().waitFor({ timeout: 300000 });
  await page.locator('#train .tag', { hasText: 'finished' }).waitFor({ timeout: 300000 });
  const run = await page.locator('#train h2 code').first().textContent();
  await page.getByLabel('over').selectOption(session.version);
  await page.waitForFunction(() => document.querySelectorAll('#loss .two').length === 2);
  await page.getByLabel('logarithmic').check();
  await page.waitForFunction(() => document.getElementById('loss').dataset.log === '1');
  await page.locator('#loss').scrollIntoViewIfNeeded();
  const box = await page.locator('#loss').boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
  await page.locator('.tip', { hasText: /step \d+.*training/s }).waitFor();
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + box.height / 2);
  await page.mouse.up();
  await page.waitForFunction(() => Number(document.getElementById('loss').dataset.from) > 0);
  assert.match(page.url(), /from=\d+&to=\d+/);
  await page.screenshot({ path: `${session.pictures}/two-runs-light-wide.png` });
  await accessible(page, 'two runs');
  await models(page, session, run);
  page.quiet();
  await page.context().close();
  return { version: run };
}

async function models(page, session, tried) {
  await page.goto('/models');
  await page.getByText('was refused').or(page.getByText('took over').nth(1)).first().waitFor({ timeout: 300000 });
  // Whatever was decided of it: the first version serves.
  await page.getByLabel('Version', { exact: true }).selectOption(session.version);
  await page.getByRole('button', { name: 'Roll back to it' }).click();
  await page.getByText('Done.').waitFor();
  await page.getByLabel('Version to try').selectOption(tried);
  await page.getByLabel('Its share of 100 requests').fill('15');
  assert.equal(await page.locator('output[for=share]').textContent(), '15');
  await page.locator('#share-reason').fill('to see it at work');
  await page.getByRole('button', { name: 'Divide requests so' }).click();
  await page.getByText(`${session.version} answers 85 of 100 requests, ${tried} 15`).waitFor();
  await page.screenshot({ path: `${session.pictures}/shares-light-wide.png`, fullPage: true });
  await accessible(page, 'two versions');

  await page.getByLabel('Version', { exact: true }).selectOption(tried);
  await page.locator('#service-reason').fill('it is good enough');
  await page.getByRole('button', { name: 'Roll back to it' }).click();
  await page.getByText(`${tried} answers 100 of 100 requests`).waitFor();
  await page.getByLabel('Version', { exact: true }).selectOption('');
  await page.locator('#service-reason').fill('it was not');
  await page.getByRole('button', { name: 'Roll back to it' }).click();
  await page.getByText(`${session.version} answers 100 of 100 requests`).waitFor();
  const newest = await page.locator('table').last().locator('tbody tr').first().textContent();
  assert.match(newest, /was rolled back.*it was not/);
  await page.getByLabel('Version', { exact: true }).selectOption('');
  await page.getByRole('button', { name: 'Pin it' }).click();
  await page.getByRole('button', { name: `Unpin ${session.version}` }).click();
  await page.getByRole('button', { name: `Unpin ${session.version}` }).waitFor({ state: 'detached' });
}
