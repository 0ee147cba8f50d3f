// One contest: codes are keyed, names appear; blank is a choice like any other.

import { button, el, local, nameOf, noticeBox, plain, say, showNotice } from "/drawing.js";
import { foot, go, main, SCREENS, SETTLE_MS, view } from "/screens.js";
import { actOnWaiting, note, post, refuse, stop, visit } from "/visit.js";

const MANY_ROWS = 5; // more rows than this stand in two columns

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
  return {
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
