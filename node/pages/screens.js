// Moving between screens. Each screen's module puts a function into SCREENS that draws it and
// returns what can be done there, its `view`:
//
//     keys     { Enter: action, … }      digit   takes a digit          letter, touch   any of these
//     update   shows what has changed    timer   of setTimeout, cleared by the next screen

import { button, el, nameOf, say } from "/drawing.js";
import { dropVisit, language, speak, visit } from "/visit.js";
import { WORDS } from "/words.js";

export const SCREENS = {};
export const SETTLE_MS = 500; // a bouncing key must not answer a question that was not yet seen

const top = document.getElementById("top");
export const main = document.getElementById("main");
export const foot = document.getElementById("foot");

export let view = { keys: {} };

export function go(screen) {
  visit.screen = screen;
  visit.since = performance.now();
  draw();
  main.focus({ preventScroll: true });
}

function draw() {
  clearTimeout(view.timer);
  document.documentElement.lang = language;
  document.documentElement.dir = language === "fa" ? "rtl" : "ltr";
  document.title = WORDS[language].page;
  main.className = "message";
  main.dataset.screen = visit.screen;
  main.replaceChildren();
  foot.replaceChildren();
  drawTop();
  view = SCREENS[visit.screen]();
  view.update?.();
}

function drawTop() {
  const contest = visit.screen === "contest" ? visit.contests[visit.at] : null;
  const where = contest
    ? [
        el("p", { class: "part" }, say("part", { n: visit.at + 1, m: visit.contests.length })),
        el("h1", {}, el("bdi", {}, nameOf(contest))),
      ]
    : [el("h1", {}, say(visit.screen === "review" ? "review" : "page"))];
  top.replaceChildren(
    el("div", { class: "where" }, where),
    button("language", WORDS[language].other, "+", switchLanguage, {
      lang: language === "fa" ? "en" : "fa",
    }),
    ...(canLeave() ? [button("cancel", say("cancel"), "/", askToLeave)] : []),
  );
}

export function switchLanguage() {
  speak(language === "fa" ? "en" : "fa");
  const typed = document.getElementById("card")?.value;
  draw();
  if (typed) document.getElementById("card").value = typed;
}

const canLeave = () => ["contest", "review", "sure"].includes(visit.screen);

export function askToLeave() {
  if (!canLeave()) return;
  visit.cameFrom = visit.screen;
  visit.notice = null;
  go("leave");
}

/** The visit is over: its choices are dropped before anything is shown. */
export function endOn(screen) {
  dropVisit();
  go(screen);
}

export function startAgain() {
  speak("fa");
  endOn("card");
}
