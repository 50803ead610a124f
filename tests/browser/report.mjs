// The pages of `spikemesh report` in a browser: what they show is what the run directory holds, they can be used by keyboard and pointer, axe-core finds
// nothing, and no page asks for anything.
//
// node report.mjs COMMAND MODULES FOLDER [PICTURES]: the built command; where puppeteer-core and axe-core are; a scratch folder; where pictures for
// the documentation go. `cargo xtask browser` calls it. CHROMIUM names the browser.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import assert from 'node:assert/strict';

const [command, modules, folder, pictures] = process.argv.slice(2).map(name => path.resolve(name));
const require = createRequire(path.join(modules, 'node_modules', 'x.js'));
const puppeteer = require('puppeteer-core');
const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = [390, 1024, 1680];
const MOST_BYTES = 3e6;

function spikemesh(...words) {
  return execFileSync(command, [...words, '--quiet'], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

/// Images that look like something, as uint8 .npy: two are enough for a period.
function images(file, count, side) {
  let heading = `{'descr': '|u1', 'fortran_order': False, 'shape': (${count}, ${side}, ${side}, 3), }`;
  heading = heading.padEnd(127 - 10) + '\n';
  const data = Buffer.alloc(count * side * side * 3);
  for (let i = 0, frame = 0; frame < count; frame++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        for (let c = 0; c < 3; c++) data[i++] = Math.round(127 + 100 * Math.sin((x * (3 + frame) + y * (2 + c)) / 40)) ^ (x * 7 + y * 13) % 8;
  const size = Buffer.alloc(2);
  size.writeUInt16LE(heading.length);
  fs.writeFileSync(file, Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), size, Buffer.from(heading, 'latin1'), data]));
}

/// A run directory and its page.
function run(name, ...words) {
  const directory = path.join(folder, name);
  try {
    spikemesh(...words, '-o', directory);
  } catch (error) {
    if (!fs.existsSync(path.join(directory, 'run.json'))) throw error;
  }
  return { directory, ...pageOf(name, directory) };
}

function pageOf(name, ...directories) {
  const file = path.join(folder, `${name}.html`);
  spikemesh('report', ...directories, '-o', file, '--force');
  const read = (directory, json) => JSON.parse(fs.readFileSync(path.join(directory, json)));
  const report = JSON.parse(spikemesh('report', ...directories, '--format', 'json'));
  return { name, file, report, stats: read(directories[0], 'stats.json'), info: read(directories[0], 'run.json') };
}

const number = text => Number(text.replace(/,/g, ''));
const near = (shown, value, what) => assert.ok(Math.abs(number(shown) - value) <= Math.abs(value) * 6e-4, `${what}: ${shown} for ${value}`);

/// Everything that the page shows as a figure is in stats.json.
async function figures(page, { stats, info }) {
  const field = name => page.$eval(`[data-field="${name}"]`, cell => cell.textContent);
  const frames = info.finished;
  for (const name of ['latency_ms', 'throughput_fps']) near(await field(name), stats[name], name);
  for (const name of ['latency_clocks', 'throughput_interval_clocks']) assert.equal(number(await field(name)), Math.round(stats[name]), name);
  near(await field('energy_mj'), stats.energy.total_pj / frames / 1e9, 'energy');
  near(await field('energy_work_mj'), stats.energy.dynamic_pj / frames / 1e9, 'work');
  near(await field('energy_floor_mj'), stats.energy.floor_pj / frames / 1e9, 'floor');
  const layers = await page.$$eval('tr[data-layer]', rows => rows.map(row => [row.dataset.layer, ...['events', 'clocks', 'energy_mj'].map(name => row.querySelector(`[data-field=${name}]`).textContent)]));
  assert.equal(layers.length, stats.layers.length);
  stats.layers.forEach((layer, i) => {
    const [name, events, clocks, energy] = layers[i];
    assert.equal(name, layer.name);
    assert.ok(Math.abs(number(events) - layer.emitted / frames) <= 0.5, `${name}: ${events}`);
    assert.ok(Math.abs(number(clocks) - layer.clocks / frames) <= 0.5, `${name}: ${clocks}`);
    near(energy, layer.dynamic_pj / frames / 1e9, `energy of ${name}`);
  });
  const links = await page.$$eval('tr[data-link]', rows => rows.map(row => [row.dataset.link, row.querySelector('[data-field=flits]').textContent]));
  assert.deepEqual(links.map(([name, flits]) => [name, number(flits)]), stats.links.map(link => [link.name, link.flits]));
  const units = await page.$$eval('tr[data-unit]', rows => rows.map(row => [row.dataset.unit, row.children[4].textContent]));
  assert.deepEqual(units.map(([name, clocks]) => [name, number(clocks)]), stats.units.map(unit => [unit.name, unit.compute]));
}

/// Intervals of a lane, decoded as docs/formats/json.md has it.
function intervals(timeline, lane) {
  const all = [];
  for (let i = 0, at = 0, list = timeline.lanes[lane].intervals; i < list.length; i += 3) {
    const start = at + list[i];
    all.push({ start, end: at = start + list[i + 1], frame: Math.floor(list[i + 2] / 8), reason: timeline.reasons[list[i + 2] % 8] });
  }
  return all;
}

/// The timeline answers clicks and keys with what the report holds.
async function timeline(page, { report, stats }) {
  const own = report.timeline;
  const canvas = await page.$('#gantt-1 canvas');
  await canvas.evaluate(element => element.scrollIntoView({ block: 'center' }));
  const picture = () => canvas.evaluate(element => element.toDataURL());
  const readout = () => page.$eval('#readout-1', line => ({ text: line.textContent, ...line.dataset }));
  const whole = await picture();
  await page.click('[data-do=in][data-run="1"]');
  const near = await picture();
  assert.notEqual(near, whole, 'zoom in draws something else');
  await page.click('[data-do=right][data-run="1"]');
  assert.notEqual(await picture(), near, 'later draws something else');
  await page.click('[data-do=all][data-run="1"]');
  assert.equal(await picture(), whole, 'all is as it was');

  // A click in the longest interval of a lane.
  const row = own.rows.findIndex(lane => intervals(own, lane).length);
  const lane = own.rows[row];
  const longest = intervals(own, lane).reduce((a, b) => (b.end - b.start > a.end - a.start ? b : a));
  // Many lanes scroll in their frame.
  await page.$eval('#gantt-1', (frame, top) => {
    frame.scrollTop = top;
    frame.scrollIntoView({ block: 'center' });
  }, Math.max(0, 18 * row - 100));
  const box = await canvas.boundingBox();
  const left = box.width < 560 ? 104 : 210;
  const x = left + (longest.start + longest.end) / 2 / own.end * (box.width - left - 8);
  await page.mouse.click(box.x + x, box.y + 26 + 18 * row + 9);
  const shown = await readout();
  assert.equal(shown.unit, own.lanes[lane].unit);
  assert.deepEqual([number(shown.start), number(shown.end), shown.reason], [longest.start, longest.end, longest.reason]);
  assert.ok(shown.text.includes(`frame ${longest.frame}`), shown.text);

  // Keys: to the next lane, and through its intervals; their clocks are those of stats.json.
  await canvas.focus();
  const next = own.rows[Math.min(row + 1, own.rows.length - 1)];
  await page.keyboard.press('ArrowDown');
  for (let i = 0; i < intervals(own, next).length; i++) await page.keyboard.press(',');
  const sums = {};
  for (const interval of intervals(own, next)) {
    const line = await readout();
    assert.deepEqual([line.unit, number(line.start), number(line.end), line.reason], [own.lanes[next].unit, interval.start, interval.end, interval.reason]);
    sums[interval.reason] = (sums[interval.reason] || 0) + number(line.end) - number(line.start);
    await page.keyboard.press('.');
  }
  if (stats.frames.length === own.frames.all) for (const [reason, clocks] of Object.entries(sums)) assert.equal(clocks, stats.units[next][reason], reason);
  await page.keyboard.press('+');
  assert.notEqual(await picture(), whole);
  await page.keyboard.press('0');
  await page.select('#colours-1', 'reason');
  assert.notEqual(await picture(), whole, 'other colours');
  await page.select('#colours-1', 'frame');
}

/// The floorplan shows the flows of what is chosen.
async function floorplan(page, { report, stats }) {
  const plan = report.floorplan;
  const panel = () => page.$eval('#chosen-1', element => ({
    title: element.querySelector('h4').textContent,
    text: element.querySelector('p').textContent,
    flits: [...element.querySelectorAll('tbody tr')].map(row => Number(row.lastChild.textContent.replace(/,/g, ''))),
  }));
  const busiest = plan.mesh_links.reduce((best, link, i) => (link.flits > plan.mesh_links[best].flits ? i : best), 0);
  if (plan.mesh_links[busiest].flits) {
    await page.click(`#mesh-1 [data-key="link ${busiest}"]`);
    const { title, text, flits } = await panel();
    const link = stats.links.find(link => link.name === title);
    assert.equal(title, plan.mesh_links[busiest].name);
    assert.equal(number(text.split(' ')[0]), link.flits);
    const flows = plan.flows.flatMap(flow => flow.links.filter(([id]) => id === busiest).map(([, flits]) => flits)).sort((a, b) => b - a);
    assert.deepEqual(flits, flows.slice(0, 200));
    if (stats.frames.length === report.timeline.frames.all) assert.equal(flows.reduce((a, b) => a + b), link.flits);
  }
  await page.$eval('#mesh-1 [data-key="node 0"]', node => node.focus());
  await page.keyboard.press('Enter');
  assert.equal((await panel()).title, plan.nodes[0].name);
}

async function looks(page, { name, file }) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const width of SIZES) {
      await page.setViewport({ width, height: 900 });
      await page.goto(`file://${file}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${name} at ${width}: ${wide} pixels too wide`);
      await page.evaluate(() => document.querySelectorAll('details').forEach(details => { details.open = true; }));
      await page.evaluate(AXE);
      const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
      const violations = found.violations.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(' ')}`);
      assert.deepEqual(violations, [], `axe-core, ${name}, ${width} pixels, ${scheme}`);
    }
  }
  const pdf = await page.pdf({ format: 'A4' });
  assert.ok(pdf.length > 20_000, 'it prints');
}

async function pictured(page, { file }) {
  const shot = async (selector, width, scheme, name) => {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setViewport({ width, height: 900 });
    await page.goto(`file://${file}`);
    const element = await page.$(selector);
    await element.screenshot({ path: path.join(pictures, name) });
  };
  await shot('#summary-1', 1024, 'light', 'report-summary.png');
  await shot('#timeline-1', 1024, 'light', 'report-timeline.png');
  await shot('#floorplan-1', 1024, 'light', 'report-floorplan.png');
  await shot('#layers-1', 1200, 'dark', 'report-layers-dark.png');
}

fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });
const input = path.join(folder, 'images.npy');
images(input, 2, 224);
const akidanet = ['run', 'tests/models/an.5-224.yaml', '--random-weights', '1', '-d', 'akd1000', '-i', input, '--batch', '2'];
const demo = run('demo', 'demo');
const network = run('akidanet', ...akidanet);
const all = run('all-nps', ...akidanet, '-m', 'all-nps');
const partial = run('partial', ...akidanet, '--max-cycles', '48000000');
const two = pageOf('two', network.directory, all.directory);

const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', error => problems.push(error.message));
  page.on('console', message => { if (message.type() === 'error') problems.push(message.text()); });
  page.on('request', request => { if (!request.url().startsWith('file:')) problems.push(`asks for ${request.url()}`); });
  for (const made of [demo, network, all]) {
    const bytes = fs.statSync(made.file).size;
    assert.ok(bytes <= MOST_BYTES, `${made.name} has ${bytes} bytes`);
    await page.setViewport({ width: 1280, height: 900 });
    await page.goto(`file://${made.file}`);
    await figures(page, made);
    await timeline(page, made);
    await floorplan(page, made);
    await looks(page, made);
    console.log(`${made.name}: ${bytes} bytes; figures, timeline, floorplan, ${SIZES.join(', ')} pixels in light and dark`);
  }
  await page.goto(`file://${partial.file}`);
  const told = await page.$eval('.partial', line => line.textContent);
  assert.equal(told.split(':')[0], `partial, ${partial.info.finished} of 2 frames`);
  await looks(page, partial);
  await page.setViewport({ width: 1680, height: 900 });
  await page.goto(`file://${two.file}`);
  const deltas = await page.$$eval('tr[data-delta]', rows => rows.map(row => [row.dataset.delta, row.children[2].textContent]));
  near(deltas.find(([name]) => name === 'latency_ms')[1], all.stats.latency_ms, 'the second latency');
  assert.equal((await page.$$('.gantt canvas')).length, 2);
  await looks(page, two);
  console.log('partial and two runs: as they are');
  if (pictures) await pictured(page, network);
  assert.deepEqual(problems, []);
} finally {
  await browser.close();
}
