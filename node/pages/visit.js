// One visit: what the voter has done so far, what is pressed, and what is asked of the box.
//
// Choices live in `visit` and nowhere else: no storage, no address, no form, no history. A visit
// ends by dropping the object.

import { OWN } from "/words.js";

export let language = "fa";
export let visit = newVisit();

function newVisit() {
  return {
    screen: "card",
    card: "",
    session: "",
    contests: [],
    picks: [], // one a contest: { names: [{code, name, latin}], blank }
    at: 0,
    code: "",
    removing: false,
    reviewed: false,
    asked: "", // what the voter was warned of, and may now do
    askedAt: 0,
    notice: null,
    busy: false, // a request that ends this screen is on its way: nothing else counts
    looking: false, // a code is being looked up: what is pressed meanwhile waits
    waiting: [],
    since: 0,
  };
}

export function dropVisit() {
  visit = newVisit();
}

export function speak(other) {
  language = other;
}

// --- what the voter is told: words of the page, or a refusal of the box

export const note = (key, values) => (visit.notice = { tone: "note", key, values });
export const stop = (key, values) => (visit.notice = { tone: "stop", key, values });
export const refuse = (answer) => (visit.notice = { tone: "stop", answer });

// --- what is pressed

/** Do what was pressed: now, after the code that is being looked up, or not at all. */
export function act(action) {
  if (visit.busy) return;
  if (visit.looking) visit.waiting.push(action);
  else action();
}

export function actOnWaiting(screen) {
  while (visit.waiting.length && !visit.looking && !visit.busy) {
    const action = visit.waiting.shift();
    if (visit.screen === screen) action();
  }
}

// --- talking to the box

/** The box's answer; a Refused of the page's own if none comes that can be read. */
export async function post(path, body, signal) {
  const own = (reason) => ({ kind: "Refused", reason, words: OWN[reason] });
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal,
    });
    if (!response.ok) return own("odd-answer");
    return await response.json();
  } catch {
    return own(response ? "odd-answer" : "no-answer");
  }
}
