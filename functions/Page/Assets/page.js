// What every view has: theme, key, sections that renew themselves, forms that act. Views without scripts say the same.

const policy = window.trustedTypes?.createPolicy('page', { createHTML: (text) => text });

/** Shows a message at the foot of the page; it is also read out. */
export function say(text, bad = false) {
  const said = document.getElementById('said');
  said.textContent = text;
  said.classList.toggle('bad', bad);
  clearTimeout(say.timer);
  if (text && !bad) say.timer = setTimeout(() => { said.textContent = ''; }, 6000);
}

/** The headers of an action: the key, if this tab has one. */
export function keyed(headers = {}) {
  const key = sessionStorage.getItem('key');
  return key ? { ...headers, 'x-functions-key': key } : headers;
}

/** What an answer that is no success says; asks for the key where that is what is missing. */
export async function problemOf(answer) {
  if (answer.status === 401) {
    const ring = document.querySelector('.keyring');
    if (ring) {
      ring.open = true;
      document.getElementById('key').focus();
    }
    return 'This needs the app\'s key: give it under “Key” above, and try again.';
  }
  try {
    return (await answer.clone().json()).error ?? `HTTP ${answer.status}`;
  } catch {
    return `HTTP ${answer.status}`;
  }
}

/** Posts an order as JSON and gives the answer's object; throws with what is wrong. */
export async function order(path, body) {
  const answer = await fetch(path, { method: 'POST', headers: keyed({ 'content-type': 'application/json' }), body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await problemOf(answer));
  const text = await answer.text();
  return text ? JSON.parse(text) : {};
}

/** Fetches this page's address anew and puts its living sections in place of the old ones where they differ. */
export async function refresh(address = location.href) {
  const answer = await fetch(address, { headers: { accept: 'text/html' } });
  if (!answer.ok) return false;
  const text = await answer.text();
  const fresh = new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, 'text/html');
  for (const section of document.querySelectorAll('[data-live]')) {
    const next = fresh.getElementById(section.id);
    if (next) renew(section, next);
  }
  return true;
}

// Children are compared one by one, so that what a person has open, chosen or focused stays as long as it is the same.
function renew(old, next) {
  if (old.isEqualNode(next)) return;
  if (old.nodeName !== next.nodeName || old.nodeType !== Node.ELEMENT_NODE) {
    old.replaceWith(document.importNode(next, true));
    return;
  }
  if ((old.matches('form') && old.contains(document.activeElement)) || old.querySelector(':scope > .tip')) return;
  for (const { name, value } of [...next.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!next.hasAttribute(name) && !(name === 'open' && old.matches('details'))) old.removeAttribute(name);
  const kept = [...old.childNodes];
  const coming = [...next.childNodes];
  coming.forEach((child, index) => {
    if (kept[index]) renew(kept[index], child);
    else old.append(document.importNode(child, true));
  });
  kept.slice(coming.length).forEach((child) => child.remove());
}

function live() {
  const every = [...document.querySelectorAll('[data-live]')].map((section) => Number(section.dataset.live));
  if (every.length === 0) return;
  setTimeout(async () => {
    if (!document.hidden) {
      try {
        await refresh();
      } catch {
        // The server is away for a moment; the next time tells.
      }
    }
    live();
  }, Math.min(...every) * 1000);
}

function valueOf(field) {
  return field.dataset.type === 'number' ? Number(field.value) : field.dataset.type === 'boolean' ? true : field.value;
}

// A form's filled fields as the order's members; some belong below "overrides", and a button may stand for all others.
function bodyOf(form, button) {
  const body = {};
  const below = (form.dataset.overrides ?? '').split(' ').filter(Boolean);
  const only = button?.dataset.only?.split(' ');
  for (const field of form.elements) {
    if (!field.name || field.type === 'submit' || field.value === '' || (field.type === 'checkbox' && !field.checked) || (only && !only.includes(field.name))) continue;
    if (below.includes(field.name)) (body.overrides ??= {})[field.name] = valueOf(field);
    else body[field.name] = valueOf(field);
  }
  if (button?.name) body[button.name] = valueOf(button);
  return body;
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.dataset.action) return;
  event.preventDefault();
  const button = event.submitter;
  if (button) button.disabled = true;
  say(form.dataset.wait ?? 'One moment …');
  try {
    const answer = await order(form.dataset.action, bodyOf(form, button));
    say(answer.reason ?? form.dataset.done ?? 'Done.');
    if (document.activeElement?.closest('form') === form) document.activeElement.blur();
    await refresh();
  } catch (error) {
    say(error.message, true);
  } finally {
    if (button) button.disabled = false;
  }
});

document.addEventListener('input', ({ target }) => {
  if (target.type === 'range') target.parentElement.querySelector('output').textContent = target.value;
});

document.getElementById('theme').addEventListener('click', () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark';
  document.documentElement.dataset.theme = dark ? 'light' : 'dark';
  try {
    localStorage.setItem('theme', document.documentElement.dataset.theme);
  } catch {
    // It holds for this page, then.
  }
});

document.getElementById('key-form')?.addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('key', document.getElementById('key').value);
  document.querySelector('.keyring').open = false;
  say('The key is kept until this tab is closed.');
});

live();
