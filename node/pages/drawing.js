// Words and elements. Text from the box is only ever shown as text. Digits are Persian on a Persian
// screen and ASCII in every request.

import { act, language, visit } from "/visit.js";
import { REASONS, WORDS } from "/words.js";

// --- words

export const local = (text) =>
  language === "fa" ? String(text).replace(/[0-9]/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]) : String(text);

export const nameOf = (named) =>
  language === "fa" ? local(named.name) : named.latin || named.name;

/** A sentence as nodes: numbers in the screen's digits, names isolated in <bdi>. */
function sentence(pattern, values = {}) {
  return pattern.split(/\{(\w+)\}/).flatMap((part, i) => (i % 2 ? shown(values[part]) : [part]));
}

function shown(value) {
  if (Array.isArray(value)) {
    const comma = language === "fa" ? "، " : ", ";
    return value.flatMap((one, i) => [...(i ? [comma] : []), ...shown(one)]);
  }
  if (value && typeof value === "object") return [el("bdi", {}, nameOf(value))];
  return [el("bdi", {}, local(value ?? ""))];
}

export const say = (key, values) => sentence(WORDS[language][key], values);

/** The same without elements, for attributes. */
export const plain = (key, values) => {
  const holder = document.createElement("span");
  holder.append(...say(key, values));
  return holder.textContent;
};

/** A refusal: the box's own English words, or the Persian sentence for its reason. */
function refusal(answer) {
  if (language === "en") return [answer.words];
  return sentence(REASONS[answer.reason] ?? REASONS.other, {
    code: answer.code,
    box: /\bfor ([a-z0-9-]+)\. /.exec(answer.words)?.[1] ?? "؟",
  });
}

// --- elements

export function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value);
    else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat());
  return made;
}

/** A button that names the key which does the same. */
export function button(id, words, key, action, more = {}) {
  const cap = key ? [el("kbd", { "aria-hidden": "true" }, key)] : [];
  const press = () => act(action);
  return el("button", { type: "button", id, onclick: press, ...more }, el("span", {}, words), cap);
}

export function noticeBox(id = "notice") {
  return el("div", { id, class: "notice", role: "status", "aria-live": "assertive" });
}

export function showNotice(box) {
  const { notice } = visit;
  box.className = `notice ${notice?.tone ?? ""}`;
  const words = notice ? (notice.answer ? refusal(notice.answer) : say(notice.key, notice.values)) : [];
  box.replaceChildren(el("p", {}, words));
}
