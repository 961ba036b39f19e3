// The Write view: candidates side by side as they are made, what else was likely, what stands in the corpus, and votes.

import { keyed, order, problemOf, say } from './page.js';

const NUMBERS = ['temperature', 'topK', 'topP', 'minP', 'typical', 'repetitionPenalty', 'noRepeatNgram', 'length'];
const LIKELY = 5;
const form = document.getElementById('write');
const texts = document.getElementById('texts');
const stop = document.getElementById('stop');
let running = null;

function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// By method: one of the fields is named length, as the form's own property is.
const valueOf = (name) => form.elements.namedItem(name).value.trim();

function request() {
  const asked = { explain: LIKELY };
  for (const name of NUMBERS) asked[name] = Number(valueOf(name));
  if (valueOf('way') === 'prompt') return { ...asked, prompt: form.elements.namedItem('prompt').value };
  if (valueOf('title')) asked.title = valueOf('title');
  const tags = valueOf('tags').split(',').map((tag) => tag.trim()).filter(Boolean);
  if (tags.length > 0) asked.tags = tags;
  if (valueOf('category')) asked.category = valueOf('category');
  if (valueOf('year')) asked.year = Number(valueOf('year'));
  return asked;
}

// Server-sent events of an answer, one by one.
async function* eventsOf(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) {
      const lines = rest.slice(0, end).split('\n');
      const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      yield { name: field('event') ?? 'message', data: JSON.parse(field('data')) };
    }
  }
}

async function write(asked, number, signal) {
  const card = make('article', 'card');
  card.setAttribute('aria-label', `Candidate ${number}`);
  const title = make('h2', '', `Candidate ${number}`);
  const prose = make('div', 'prose making');
  const below = make('div');
  card.append(title, prose, below);
  texts.append(card);
  try {
    const answer = await fetch('/api/sample', {
      method: 'POST', signal, headers: keyed({ 'content-type': 'application/json', accept: 'text/event-stream' }), body: JSON.stringify(asked),
    });
    if (!answer.ok) throw new Error(await problemOf(answer));
    const text = document.createTextNode('');
    prose.append(text);
    for await (const { name, data } of eventsOf(answer)) {
      if (name === 'error') throw new Error(data.error);
      if (name === 'done') finish(data, asked, prose, below);
      else text.data += data.text;
    }
  } catch (error) {
    if (error.name === 'AbortError') below.append(make('p', 'quiet', 'Stopped.'));
    else {
      below.append(make('p', 'note bad', error.message));
      say(error.message, true);
    }
  } finally {
    prose.classList.remove('making');
  }
  return below.querySelector('.buttons') !== null;
}

function finish(sample, request, prose, below) {
  const facts = make('p', 'quiet', `${sample.tokens} tokens, seed ${sample.seed}, ${sample.version}${sample.reason ? `. ${sample.reason}` : ''}`);
  const buttons = make('div', 'buttons');
  const likely = make('button', '', 'Probabilities');
  likely.type = 'button';
  likely.setAttribute('aria-pressed', 'false');
  const origin = make('button', '', 'Originality');
  origin.type = 'button';
  buttons.append(likely, origin, vote('Good', 1, sample, request), vote('Bad', 0, sample, request));
  below.append(facts, buttons);
  likely.addEventListener('click', () => {
    const on = likely.getAttribute('aria-pressed') !== 'true';
    likely.setAttribute('aria-pressed', String(on));
    if (on) explain(sample, prose);
    else plain(sample, prose);
  });
  origin.addEventListener('click', async () => {
    origin.disabled = true;
    try {
      originality(await order('/api/originality', { text: sample.text }), below);
    } catch (error) {
      origin.disabled = false;
      say(error.message, true);
    }
  });
}

function vote(name, reward, sample, request) {
  const button = make('button', '', name);
  button.type = 'button';
  button.setAttribute('aria-label', `${name}: a vote on this text`);
  button.setAttribute('aria-pressed', 'false');
  button.addEventListener('click', async () => {
    try {
      const { explain, ...response } = sample;
      await order('/api/send-feedback', { request, response, reward });
      button.parentElement.querySelectorAll('[aria-pressed]').forEach((other) => { if (other.dataset.vote) other.setAttribute('aria-pressed', 'false'); });
      button.setAttribute('aria-pressed', 'true');
      say('Your vote is kept.');
    } catch (error) {
      say(error.message, true);
    }
  });
  button.dataset.vote = reward;
  return button;
}

function plain(sample, prose) {
  prose.replaceChildren(document.createTextNode(sample.text));
  prose.removeAttribute('tabindex');
  prose.removeAttribute('role');
  prose.removeAttribute('aria-label');
}

const percent = (share) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const shown = (text) => text.replaceAll('\n', '⏎').replaceAll(' ', '␣');

// Every token by itself: under the pointer, or by the arrow keys, it tells how likely it was and what else was.
function explain(sample, prose) {
  const tip = make('div', 'tip');
  tip.setAttribute('role', 'status');
  tip.hidden = true;
  let current = -1;
  const spans = (sample.explain ?? []).map((token) => {
    const rank = token.probability < 0.02 ? 'p1' : token.probability < 0.1 ? 'p2' : token.probability < 0.4 ? 'p3' : 'p4';
    return make('span', `tok ${rank}`, token.text);
  });
  prose.replaceChildren(...spans, tip);
  prose.tabIndex = 0;
  prose.setAttribute('role', 'group');
  prose.setAttribute('aria-label', 'The text token by token; the arrow keys go from one to the next');
  const point = (index) => {
    if (index < 0 || index >= spans.length) return;
    spans[current]?.classList.remove('on');
    current = index;
    const { text, probability, alternatives } = sample.explain[index];
    spans[index].classList.add('on');
    tip.textContent = [`${shown(text)}  ${percent(probability)}`, ...(alternatives ?? []).filter((other) => other.text !== text).map((other) => `${shown(other.text)}  ${percent(other.probability)}`)].join('\n');
    tip.hidden = false;
    const place = spans[index].getBoundingClientRect();
    const box = prose.getBoundingClientRect();
    tip.style.top = `${place.bottom - box.top + 6}px`;
    tip.style.left = `${Math.max(0, Math.min(place.left - box.left, box.width - tip.offsetWidth))}px`;
  };
  prose.style.position = 'relative';
  prose.onpointerover = ({ target }) => point(spans.indexOf(target));
  prose.onpointerleave = () => { tip.hidden = true; };
  prose.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !prose.querySelector('.tip')) return;
    event.preventDefault();
    point(Math.max(0, current + step));
  };
}

function originality(answer, below) {
  const list = make('ul', 'origins');
  for (const { text, longestRun, seenShare, source, copied } of answer.paragraphs) {
    const item = make('li', seenShare > 0.5 || longestRun >= 24 ? 'much' : seenShare > 0.1 || longestRun >= 12 ? 'some' : '');
    item.append(marked(text, copied));
    const said = make('p', 'quiet', source ? `longest run of ${longestRun} tokens, as in ` : `no run of 6 tokens stands in the corpus`);
    if (source) {
      const link = make('a', '', source.title);
      link.href = `/corpus?q=${encodeURIComponent(source.path)}`;
      said.append(link, `; ${percent(seenShare)} of its 8-token runs were seen`);
    }
    item.append(said);
    list.append(item);
  }
  below.append(list);
}

// The paragraph with what was copied marked.
function marked(text, copied) {
  const line = make('p');
  let rest = text;
  const runs = copied.map((run) => run.text.trim()).filter((run) => run && text.includes(run)).sort((a, b) => text.indexOf(a) - text.indexOf(b));
  for (const run of runs) {
    const place = rest.indexOf(run);
    if (place < 0) continue;
    line.append(rest.slice(0, place), make('mark', '', run));
    rest = rest.slice(place + run.length);
  }
  line.append(rest);
  return line;
}

form.addEventListener('change', () => {
  const prompt = valueOf('way') === 'prompt';
  document.getElementById('way-prompt').hidden = !prompt;
  document.getElementById('way-post').hidden = prompt;
});

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  running?.abort();
  const mine = running = new AbortController();
  const first = valueOf('seed') ? Number(valueOf('seed')) : null;
  texts.replaceChildren();
  stop.hidden = false;
  say('');
  const all = Array.from({ length: Number(valueOf('candidates')) }, (_, index) =>
    write(first === null ? request() : { ...request(), seed: first + index }, index + 1, mine.signal));
  const written = await Promise.all(all);
  if (running === mine) {
    running = null;
    stop.hidden = true;
    if (written.every(Boolean)) say('The texts are written.');
  }
});

stop.addEventListener('click', () => running?.abort());
