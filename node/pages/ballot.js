// The voter's page of one box. Everything a voter does here ends in one of two requests:
//
//     card -> contest -> … -> review -> sure -> POST /cast  -> thanks -> card
//                any of these, then "leave?" -> POST /leave -> left   -> card
//
// Choices live in `visit` and nowhere else: no storage, no address, no form, no history. A visit
// ends by dropping the object. Text from the box is only ever shown as text. Digits are Persian on
// a Persian screen and ASCII in every request.
//
// The whole page works from a numeric keypad:
//
//     0-9 code   Enter continue   Backspace or . erase   - remove, back   * blank   / cancel   + language

import { OWN, REASONS, WORDS } from "/words.js";

const THANKS_MS = 8000; // only the last screen goes away by itself
const SETTLE_MS = 500; // a bouncing key must not answer a question that was not yet seen
const BURST_MS = 300; // a scanner types faster than this; a person does not
const MANY_ROWS = 5; // more rows than this stand in two columns

const top = document.getElementById("top");
const main = document.getElementById("main");
const foot = document.getElementById("foot");

let language = "fa";
let visit = newVisit();
let view = {}; // what the present screen can do: { update, keys, digit, letter }
let timer = 0;
let tabbed = false; // somebody walks through the page with Tab: Enter then means the button
let burst = -Infinity; // when the scanner last typed into a screen that wants no card

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

// --- words

const local = (text) =>
  language === "fa" ? String(text).replace(/[0-9]/g, (d) => "۰۱۲۳۴۵۶۷۸۹"[d]) : String(text);

const nameOf = (named) => (language === "fa" ? local(named.name) : named.latin || named.name);

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

const say = (key, values) => sentence(WORDS[language][key], values);
const plain = (key, values) => {
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

function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value);
    else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat());
  return made;
}

/** A button that names the key which does the same. */
function button(id, words, key, action, more = {}) {
  const cap = key ? [el("kbd", { "aria-hidden": "true" }, key)] : [];
  const press = () => act(action);
  return el("button", { type: "button", id, onclick: press, ...more }, el("span", {}, words), cap);
}

function noticeBox(id = "notice") {
  return el("div", { id, class: "notice", role: "status", "aria-live": "assertive" });
}

function showNotice(box) {
  const { notice } = visit;
  box.className = `notice ${notice?.tone ?? ""}`;
  const words = notice ? (notice.answer ? refusal(notice.answer) : say(notice.key, notice.values)) : [];
  box.replaceChildren(el("p", {}, words));
}

const note = (key, values) => (visit.notice = { tone: "note", key, values });
const stop = (key, values) => (visit.notice = { tone: "stop", key, values });
const refuse = (answer) => (visit.notice = { tone: "stop", answer });

// --- moving between screens

function go(screen) {
  visit.screen = screen;
  visit.since = performance.now();
  draw();
  main.focus({ preventScroll: true });
}

function draw() {
  clearTimeout(timer);
  document.documentElement.lang = language;
  document.documentElement.dir = language === "fa" ? "rtl" : "ltr";
  document.title = WORDS[language].page;
  main.className = "message";
  main.dataset.screen = visit.screen;
  main.replaceChildren();
  foot.replaceChildren();
  view = { keys: {} };
  drawTop();
  SCREENS[visit.screen]();
  view.update?.();
}

function drawTop() {
  const inside = ["contest", "review", "sure"].includes(visit.screen);
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
    ...(inside ? [button("cancel", say("cancel"), "/", askToLeave)] : []),
  );
}

function switchLanguage() {
  language = language === "fa" ? "en" : "fa";
  const typed = document.getElementById("card")?.value;
  draw();
  if (typed) document.getElementById("card").value = typed;
}

function startAgain() {
  visit = newVisit();
  language = "fa";
  go("card");
}

/** Do what was pressed: now, after the code that is being looked up, or not at all. */
function act(action) {
  if (visit.busy) return;
  if (visit.looking) visit.waiting.push(action);
  else action();
}

function actOnWaiting(screen) {
  while (visit.waiting.length && !visit.looking && !visit.busy) {
    const action = visit.waiting.shift();
    if (visit.screen === screen) action();
  }
}

// --- talking to the box

async function post(path, body) {
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
    });
    if (!response.ok) return own("odd-answer");
    return await response.json();
  } catch {
    return own(response ? "odd-answer" : "no-answer");
  }
}

const SCREENS = {};

// --- show the card

SCREENS.card = () => {
  const input = el("input", {
    id: "card",
    type: "text",
    autocomplete: "off",
    autocapitalize: "off",
    autocorrect: "off",
    spellcheck: "false",
    maxlength: "600",
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
  foot.append(button("go", say("goOn"), "Enter", begin));
  view = {
    keys: { Enter: begin },
    letter: () => input.focus(),
    digit: () => input.focus(),
    update: () => {
      box.hidden = !visit.notice;
      showNotice(box);
      input.focus();
    },
  };
};

async function begin() {
  const input = document.getElementById("card");
  const card = input.value.trim();
  if (!card) return;
  visit.busy = true;
  visit.notice = { tone: "note", key: "reading" };
  view.update();
  const answer = await post("/begin", { card });
  input.value = "";
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

// --- one contest

SCREENS.contest = () => {
  const contest = visit.contests[visit.at];
  main.className = "contest";
  const sum = el("p", { class: "sum" });
  const rows = el("ol", { class: "rows" });
  const box = noticeBox();
  const ask = el("p", { class: "ask" });
  const digits = el("div", { class: "digits", role: "img" });
  const key = (digit) => button(`digit-${digit}`, local(digit), "", () => keyDigit(String(digit)));
  const pad = el(
    "div",
    { class: "pad", role: "group", "aria-label": plain("pad") },
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map(key),
    button("erase", say("erase"), "⌫", erase, { class: "erase" }),
  );
  main.append(
    el("div", { class: "names" }, sum, rows, box),
    el("div", { class: "keys" }, ask, digits, pad),
  );
  const remove = button("remove", "", "−", toggleRemoving);
  foot.append(
    remove,
    button("blank", say("blank"), "*", chooseBlank),
    button("go", say(visit.reviewed ? "toReview" : "goOn"), "Enter", finishContest, { class: "main" }),
  );
  view = {
    keys: { Enter: finishContest, Backspace: erase, "-": toggleRemoving, "*": chooseBlank },
    digit: keyDigit,
    update: () => {
      const pick = visit.picks[visit.at];
      sum.replaceChildren(...say("chosen", { n: pick.names.length, m: contest.seats }));
      drawNames(rows, contest, pick);
      showNotice(box);
      const isFull = pick.names.length === contest.seats;
      const asking = visit.removing ? "keyCodeRemove" : isFull ? "keyNoMore" : "keyCode";
      ask.replaceChildren(...say(asking, { n: contest.code_digits }));
      digits.setAttribute("aria-label", `${plain("codeSoFar")}: ${local(visit.code)}`);
      digits.replaceChildren(
        ...Array.from({ length: contest.code_digits }, (_, i) =>
          el("span", { class: i === visit.code.length ? "next" : "" }, local(visit.code[i] ?? "")),
        ),
      );
      remove.firstChild.replaceChildren(...say(visit.removing ? "keepName" : "removeName"));
    },
  };
};

function drawNames(rows, contest, pick) {
  const free = contest.seats > 2 * MANY_ROWS ? 0 : contest.seats - pick.names.length;
  rows.classList.toggle("many", contest.seats > MANY_ROWS);
  const chosen = pick.names.map((named) =>
    el(
      "li",
      {},
      el("span", { class: "code" }, local(named.code)),
      el("bdi", { class: "name" }, nameOf(named)),
      button(`remove-${named.code}`, say("remove"), "", () => removeName(named), {
        "aria-label": plain("removeLabel", { name: named }),
      }),
    ),
  );
  const white = el("li", { class: "white" }, say("blankHere"));
  const empty = Array.from({ length: free }, () => el("li", { class: "free" }, say("free")));
  rows.replaceChildren(...(pick.blank ? [white] : [...chosen, ...empty]));
  if (chosen.length) chosen.at(-1).scrollIntoView({ block: "nearest" });
}

function keyDigit(digit) {
  const contest = visit.contests[visit.at];
  if (visit.code.length >= contest.code_digits) visit.code = "";
  visit.code += digit;
  visit.asked = "";
  if (visit.code.length < contest.code_digits) {
    if (visit.code.length === 1) visit.notice = null;
    view.update();
  } else if (visit.removing) removeByCode(visit.code);
  else lookUp(visit.code);
}

function erase() {
  visit.code = visit.code.slice(0, -1);
  visit.asked = "";
  view.update();
}

async function lookUp(code) {
  const here = visit;
  const contest = here.contests[here.at];
  here.looking = true;
  view.update();
  const answer = await post("/candidate", { session: here.session, contest: contest.contest, code });
  if (visit !== here) return;
  here.looking = false;
  here.code = "";
  if (answer.kind === "Named") choose(contest, answer);
  else refuse({ ...answer, code });
  view.update();
  actOnWaiting("contest");
}

/** Add what a code stands for; a name twice counts once, more than the seats is refused. */
function choose(contest, answer) {
  const pick = visit.picks[visit.at];
  const found = answer.candidates.map(([code, name, latin]) => ({ code, name, latin }));
  const isChosen = (named) => pick.names.some((other) => other.code === named.code);
  const again = found.filter(isChosen);
  const names = found.filter((named) => !isChosen(named));
  const [n, m, t] = [names.length, contest.seats, names.length + pick.names.length];
  if (!n) note("twice", { names: again });
  else if (pick.names.length === m) stop("full", { m });
  else if (t > m) stop("tooMany", { list: answer, n, t, m });
  else {
    pick.names.push(...names);
    pick.blank = false;
    if (again.length) note("addedSome", { names, again });
    else note(t === m ? "allChosen" : "added", { names, m });
  }
}

function toggleRemoving() {
  const { names } = visit.picks[visit.at];
  visit.code = "";
  visit.asked = "";
  visit.notice = null;
  if (visit.removing) visit.removing = false;
  else if (names.length === 0) note("nothingToRemove");
  else if (names.length === 1) return removeName(names[0]);
  else {
    visit.removing = true;
    note("removing");
  }
  view.update();
}

function removeByCode(code) {
  const named = visit.picks[visit.at].names.find((one) => one.code === code);
  if (named) return removeName(named);
  visit.code = "";
  stop("notChosen", { code });
  view.update();
}

function removeName(named) {
  const pick = visit.picks[visit.at];
  pick.names = pick.names.filter((one) => one.code !== named.code);
  Object.assign(visit, { code: "", removing: false, asked: "" });
  note("removed", { names: [named] });
  view.update();
}

const isWarned = (of) =>
  visit.asked === of && performance.now() - visit.askedAt >= SETTLE_MS;

function warn(of) {
  if (visit.asked !== of) Object.assign(visit, { asked: of, askedAt: performance.now() });
}

function chooseBlank() {
  const pick = visit.picks[visit.at];
  Object.assign(visit, { code: "", removing: false });
  if (pick.names.length && !isWarned("blank")) {
    warn("blank");
    stop("blankAsk", { n: pick.names.length });
  } else {
    Object.assign(pick, { names: [], blank: true });
    visit.asked = "";
    note("blankSet");
  }
  view.update();
}

function finishContest() {
  const contest = visit.contests[visit.at];
  const pick = visit.picks[visit.at];
  const [n, m] = [pick.names.length, contest.seats];
  if (visit.removing) {
    visit.removing = false;
    visit.notice = null;
  } else if (visit.code) stop("short", { n: contest.code_digits });
  else if (!n && !pick.blank) stop("nothing");
  else if (n && n < m && !isWarned("under")) {
    warn("under");
    note("under", { n, m });
  } else return leaveContest();
  view.update();
}

function leaveContest() {
  Object.assign(visit, { asked: "", notice: null });
  if (!visit.reviewed && visit.at + 1 < visit.contests.length) {
    visit.at += 1;
    return go("contest");
  }
  visit.reviewed = true;
  return go("review");
}

function change(at) {
  Object.assign(visit, { at, asked: "", notice: null });
  go("contest");
}

// --- review, and the two confirmations

function partsOf(withChange) {
  const rows = visit.picks.reduce((sum, pick) => sum + pick.names.length, 0);
  const parts = el("div", { class: "parts", tabindex: "0" });
  parts.classList.toggle("one", visit.contests.length === 1);
  parts.classList.toggle("dense", rows > 16 || visit.contests.length > 4);
  parts.append(...visit.contests.map((contest, i) => onePart(contest, i, withChange)));
  return parts;
}

function onePart(contest, i, withChange) {
  const pick = visit.picks[i];
  const [n, m] = [pick.names.length, contest.seats];
  const named = { name: contest.name, latin: contest.latin };
  const key = i < 9 ? local(i + 1) : "";
  const label = { "aria-label": plain("changeLabel", { name: named }) };
  const changing = button(`change-${i}`, say("change"), key, () => change(i), label);
  const names = pick.names.map((one) =>
    el(
      "li",
      {},
      el("span", { class: "code" }, local(one.code)),
      el("bdi", { class: "name" }, nameOf(one)),
    ),
  );
  return el(
    "section",
    {},
    el(
      "div",
      { class: "head" },
      el("h2", {}, el("bdi", {}, nameOf(contest))),
      withChange ? [changing] : [],
    ),
    el("ol", {}, names.length ? names : el("li", { class: "white" }, say("blank"))),
    n && n < m ? [el("p", { class: "few" }, say("fewer", { n, m }))] : [],
  );
}

/** A button and the key 0 for what does not fit; only there when something does not. */
function moreOf(parts) {
  const isEnd = () => parts.scrollTop + parts.clientHeight >= parts.scrollHeight - 4;
  const turn = () => {
    parts.scrollTop = isEnd() ? 0 : parts.scrollTop + parts.clientHeight * 0.8;
  };
  const more = button("more", say("more"), local(0), turn, { class: "more" });
  const isNeeded = () => parts.scrollHeight > parts.clientHeight + 4;
  return { more, turn, isNeeded, isEnd };
}

SCREENS.review = () => {
  main.className = "review";
  const box = noticeBox();
  const parts = partsOf(true);
  const { more, turn, isNeeded, isEnd } = moreOf(parts);
  main.append(
    el("p", {}, say("reviewHelp")),
    box,
    parts,
    more,
  );
  const goBack = () => change(visit.contests.length - 1);
  const confirm = () => {
    if (!isEnd()) return turn(); // nobody confirms what was not shown
    visit.notice = null;
    return go("sure");
  };
  foot.append(
    button("back", say("back"), "−", goBack),
    button("go", say("right"), "Enter", confirm, { class: "main" }),
  );
  view = {
    keys: { Enter: confirm, "-": goBack },
    digit: (digit) => {
      if (digit === "0") turn();
      else if (Number(digit) <= visit.contests.length) change(Number(digit) - 1);
    },
    update: () => {
      box.hidden = !visit.notice;
      showNotice(box);
      more.hidden = !isNeeded();
    },
  };
};

SCREENS.sure = () => {
  main.className = "review";
  const box = noticeBox();
  const parts = partsOf(false);
  const { more, turn, isNeeded } = moreOf(parts);
  main.append(
    el("div", { class: "sure" }, el("h2", {}, say("sure")), el("p", {}, say("sureHelp"))),
    box,
    parts,
    more,
  );
  const goBack = () => {
    visit.notice = null;
    go("review");
  };
  foot.append(
    button("back", say("back"), "−", goBack),
    button("go", say("cast"), "Enter", cast, { class: "main" }),
  );
  view = {
    keys: { Enter: cast, "-": goBack },
    digit: (digit) => digit === "0" && turn(),
    update: () => {
      box.hidden = !visit.notice;
      showNotice(box);
      more.hidden = !isNeeded();
      for (const one of document.querySelectorAll("button")) one.disabled = visit.busy;
    },
  };
};

async function cast() {
  visit.busy = true;
  note("casting");
  view.update();
  const choices = Object.fromEntries(
    visit.contests.map((contest, i) => [contest.contest, visit.picks[i].names.map((one) => one.code)]),
  );
  const answer = await post("/cast", { session: visit.session, choices });
  visit.busy = false;
  if (answer.kind === "BallotCast") return thank();
  if (["no-session", "no-answer", "odd-answer"].includes(answer.reason)) {
    visit.notice = null;
    visit.screen = "unsure";
    return settle();
  }
  refuse(answer);
  return go(answer.reason === "ballot-wrong" ? "review" : "sure");
}

/** Nobody answered: the card tells. It is spent exactly when its ballot is in the box. */
async function settle() {
  visit.busy = true;
  const answer = await post("/begin", { card: visit.card });
  visit.busy = false;
  if (answer.kind === "BallotOffered") {
    visit.session = answer.session;
    note("notYet");
    return go("sure");
  }
  if (answer.reason === "card-spent") return thank();
  refuse(answer);
  return go("unsure");
}

SCREENS.unsure = () => {
  const box = noticeBox();
  main.append(el("h2", {}, say("unsure")), el("p", {}, say("unsureHelp")), box);
  const isAnswered = visit.notice && !["no-answer", "box-busy"].includes(visit.notice.answer.reason);
  foot.append(
    isAnswered ? button("end", say("end"), "/", startAgain) : "",
    button("go", say("again"), "Enter", settle, { class: "main" }),
  );
  view = {
    keys: isAnswered ? { Enter: settle, "/": startAgain } : { Enter: settle },
    update: () => {
      box.hidden = !visit.notice;
      showNotice(box);
    },
  };
};

// --- the ends

/** The visit is over: its choices are dropped before anything is shown. */
function endOn(screen) {
  visit = newVisit();
  go(screen);
}

const thank = () => endOn("thanks");

SCREENS.thanks = () => {
  main.append(
    el("h2", {}, say("thanks")),
    el("p", {}, say("returnCard")),
    el("p", { class: "quiet" }, say("touch")),
  );
  view = lastScreen();
  timer = setTimeout(startAgain, THANKS_MS);
};

SCREENS.left = () => {
  main.append(
    el("h2", {}, say("left")),
    el("p", {}, say("leftHelp")),
    el("p", { class: "quiet" }, say("touch")),
  );
  view = lastScreen();
};

/** Any key or touch goes on; a card that is scanned here begins at once. */
function lastScreen() {
  return {
    keys: { Enter: startAgain, Backspace: startAgain, "-": startAgain, "*": startAgain },
    digit: startAgain,
    letter: startAgain,
    touch: startAgain,
  };
}

function askToLeave() {
  if (!["contest", "review", "sure"].includes(visit.screen)) return;
  visit.cameFrom = visit.screen;
  visit.notice = null;
  go("leave");
}

SCREENS.leave = () => {
  const box = noticeBox();
  main.append(el("h2", {}, say("leaveAsk")), el("p", {}, say("leaveHelp")), box);
  const stay = () => {
    visit.notice = null;
    go(visit.cameFrom);
  };
  foot.append(
    button("leave", say("leave"), "/", leave),
    button("go", say("stay"), "Enter", stay, { class: "main" }),
  );
  view = {
    keys: { Enter: stay, "/": leave },
    update: () => {
      box.hidden = !visit.notice;
      showNotice(box);
    },
  };
};

async function leave() {
  visit.busy = true;
  const answer = await post("/leave", { session: visit.session });
  visit.busy = false;
  // A session that is over already held nothing either: only /cast puts anything in the box.
  if (answer.kind === "Done" || answer.reason === "no-session") return endOn("left");
  refuse(answer);
  return go("leave");
}

// --- keys, touch, and leaving the page

/** The keypad's name for a key; digits also when NumLock is off. */
function keyOf(event) {
  const numpad = /^Numpad(\d)$/.exec(event.code);
  if (numpad) return numpad[1];
  if (/^[0-9]$/.test(event.key)) return event.key;
  const persian = "۰۱۲۳۴۵۶۷۸۹".indexOf(event.key);
  if (persian >= 0 && event.key.length === 1) return String(persian);
  if (event.key === "Delete" || event.key === "." || event.code === "NumpadDecimal") return "Backspace";
  return event.key;
}

function isFromScanner(event, key) {
  if (visit.screen === "card" || view.letter) return false;
  const isLetter = key.length === 1 && !/[0-9+\-*/ ]/.test(key);
  if (!isLetter && event.timeStamp - burst > BURST_MS) return false;
  burst = key === "Enter" ? -Infinity : event.timeStamp;
  return true;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.key === "Shift") return;
  if (event.key === "Tab") {
    tabbed = true;
    return;
  }
  const key = keyOf(event);
  const isTyping = visit.screen === "card" && key !== "Enter" && key !== "+";
  const isOnButton = tabbed && document.activeElement?.tagName === "BUTTON";
  if (isOnButton && (key === "Enter" || key === " ")) return;
  if (isTyping || (view.letter && key.length === 1 && !/[0-9+\-*/ ]/.test(key))) {
    view.letter?.();
    document.getElementById("card")?.focus();
    return;
  }
  event.preventDefault();
  tabbed = false;
  if (event.repeat || isFromScanner(event, key)) return;
  press(key);
});

function press(key) {
  const isTooSoon = performance.now() - visit.since < SETTLE_MS;
  if (key === "Enter" && isTooSoon && visit.screen !== "card" && visit.screen !== "contest") return;
  if (key === "+") act(switchLanguage);
  else if (view.keys[key]) act(view.keys[key]);
  else if (key === "/") act(view.touch ?? askToLeave);
  else if (/^[0-9]$/.test(key) && view.digit) act(() => view.digit?.(key));
}

addEventListener("pointerdown", () => (tabbed = false));
main.addEventListener("click", () => {
  if (view.touch && performance.now() - visit.since >= SETTLE_MS) view.touch();
});

// A page that is reloaded lets the box go; the card stays good.
addEventListener("pagehide", () => {
  if (!visit.session || visit.busy) return;
  fetch("/leave", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ session: visit.session }),
    keepalive: true,
  });
});

addEventListener("contextmenu", (event) => event.preventDefault());
go("card");
