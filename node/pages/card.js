// Show the card. It comes by the keyboard, which a wedge scanner is too, or from the box's own
// scanner or card reader:
//
//     POST /next-card { after: null } -> nothing for 20 s       { number: 3, card: "", words: "" }
//     POST /next-card { after: 3 }    -> a card: the visit begins, or words: shown, asked again
//
// One such question is open while this screen is shown, and none at any other time. The first one
// asks from now on: what was scanned during a visit, or before it, is never used.

import { button, el, noticeBox, plain, say, showNotice } from "/drawing.js";
import { foot, go, main, SCREENS, view } from "/screens.js";
import { note, post, refuse, visit } from "/visit.js";

const LETTERS_MAX = "600"; // of a card's text
const ASK_AGAIN_MS = 1000; // not sooner than this after the last question
const BACK_OFF_MS = 10000; // nor later than this when the box does not answer

let asking = null; // the AbortController of the question that is open

SCREENS.card = () => {
  const input = el("input", {
    id: "card",
    type: "text",
    autocomplete: "off",
    autocapitalize: "off",
    autocorrect: "off",
    spellcheck: "false",
    maxlength: LETTERS_MAX,
    "aria-label": plain("cardText"),
  });
  const box = noticeBox();
  main.append(
    el("h2", {}, say("welcome")),
    el("p", {}, say("showCard")),
    input,
    el("p", { class: "quiet" }, say("showCardHelp")),
    box,
  );
  foot.append(button("go", say("goOn"), "Enter", beginTyped));
  listen();
  return {
    keys: { Enter: beginTyped },
    letter: () => input.focus(),
    digit: () => input.focus(),
    update: () => {
      box.hidden = !visit.notice;
      showNotice(box);
      input.focus();
    },
  };
};

function beginTyped() {
  const input = document.getElementById("card");
  const card = input.value.trim();
  if (card) begin(card);
}

async function begin(card) {
  stopListening();
  visit.busy = true;
  note("reading");
  view.update();
  const answer = await post("/begin", { card });
  visit.busy = false;
  if (answer.kind !== "BallotOffered") {
    refuse(answer);
    go("card");
    return;
  }
  visit.card = card;
  visit.session = answer.session;
  visit.contests = answer.contests;
  visit.picks = answer.contests.map(() => ({ names: [], blank: false }));
  visit.notice = null;
  go("contest");
}

async function listen() {
  if (asking || document.hidden) return;
  const { signal } = (asking = new AbortController());
  let after = null;
  let pause = 0;
  for (;;) {
    const asked = performance.now();
    const answer = await post("/next-card", { after }, signal);
    if (signal.aborted) return;
    const isAnswered = answer.kind === "CardShown";
    after = isAnswered ? answer.number : null; // a box that was started anew counts anew
    pause = isAnswered ? ASK_AGAIN_MS : Math.min(Math.max(2 * pause, ASK_AGAIN_MS), BACK_OFF_MS);
    if (isAnswered && answer.card) return begin(answer.card);
    if (isAnswered && answer.words) {
      refuse(answer);
      view.update();
    }
    await new Promise((wake) => setTimeout(wake, asked + pause - performance.now()));
    if (signal.aborted) return;
  }
}

function stopListening() {
  asking?.abort();
  asking = null;
}

// A page that nobody sees takes no card: it may lie behind the one that is used.
addEventListener("visibilitychange", () => {
  if (document.hidden) stopListening();
  else if (visit.screen === "card" && !visit.busy) listen();
});
