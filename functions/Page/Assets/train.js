// The Train view, alive: the chart follows its controls at once, names the values under the pointer, and zooms to a stretch that is drawn over it.

import { refresh } from './page.js';

const SVG = 'http://www.w3.org/2000/svg';
let points = null;

const form = () => document.getElementById('view');
const chart = () => document.getElementById('loss');

async function show() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form())) if (value !== '') query.set(name, value);
  history.replaceState(null, '', `/train?${query}`);
  points = null;
  document.activeElement?.blur();
  await refresh();
}

document.addEventListener('submit', (event) => {
  if (event.target.id !== 'view') return;
  event.preventDefault();
  show();
});

document.addEventListener('change', ({ target }) => {
  if (target.form?.id === 'view' && target.matches('[type=checkbox], select')) show();
});

// The step under a pointer, from the chart's own measures.
function stepAt(event) {
  const svg = chart();
  const { x0, x1, from, to } = svg.dataset;
  const box = svg.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
  const share = Math.min(1, Math.max(0, (x - x0) / (x1 - x0)));
  return { share, x: Number(x0) + share * (x1 - x0), step: Number(from) + share * (to - from), left: event.clientX - box.left, width: box.width };
}

async function load() {
  if (points) return;
  points = [];
  const answer = await fetch(`/api/runs/${encodeURIComponent(form().elements.run.value)}`);
  if (answer.ok) ({ points } = await answer.json());
}

function part(name) {
  const svg = chart();
  let found = svg.querySelector(`.${name}`);
  if (!found) {
    found = document.createElementNS(SVG, name === 'cross' ? 'path' : 'rect');
    found.setAttribute('class', name);
    svg.append(found);
  }
  return found;
}

function clear() {
  document.querySelectorAll('#loss .cross, #loss .span, .chart .tip').forEach((element) => element.remove());
}

let drag = null;

document.addEventListener('pointermove', async (event) => {
  if (!event.target.closest?.('#loss') && !drag) return clear();
  await load();
  if (!chart() || points.length === 0) return;
  const at = stepAt(event);
  const { y0, y1 } = chart().dataset;
  if (drag) {
    const span = part('span');
    span.setAttribute('x', Math.min(drag.x, at.x));
    span.setAttribute('width', Math.abs(at.x - drag.x));
    span.setAttribute('y', y1);
    span.setAttribute('height', y0 - y1);
    return;
  }
  const near = points.reduce((best, point) => (Math.abs(point.step - at.step) < Math.abs(best.step - at.step) ? point : best));
  const held = points.findLast((point) => point.step <= near.step && point.validation !== null);
  part('cross').setAttribute('d', `M${at.x} ${y1}V${y0}`);
  let tip = document.querySelector('.chart .tip');
  if (!tip) {
    tip = document.createElement('div');
    tip.className = 'tip';
    chart().parentElement.append(tip);
  }
  tip.textContent = `step ${near.step}\ntraining ${near.loss.toFixed(3)}, smoothed ${near.smoothed.toFixed(3)}`
    + (held ? `\nvalidation ${held.validation.toFixed(3)}` : '') + `\nlearning rate ${near.learningRate.toPrecision(3)}`;
  tip.style.left = at.left > at.width / 2 ? '' : `${at.left + 14}px`;
  tip.style.right = at.left > at.width / 2 ? `${at.width - at.left + 14}px` : '';
  tip.style.top = '1rem';
});

document.addEventListener('pointerdown', (event) => {
  if (event.button === 0 && event.target.closest?.('#loss')) drag = stepAt(event);
});

document.addEventListener('pointerup', async (event) => {
  if (!drag || !chart()) return;
  const [from, to] = [drag.step, stepAt(event).step].sort((a, b) => a - b);
  drag = null;
  clear();
  if (to - from < 2) return;
  form().elements.from.value = Math.round(from);
  form().elements.to.value = Math.round(to);
  await show();
});

document.addEventListener('dblclick', async (event) => {
  if (!event.target.closest?.('#loss')) return;
  form().elements.from.value = '';
  form().elements.to.value = '';
  await show();
});

// A run that goes on has new points by then.
setInterval(() => { points = null; }, 2000);
