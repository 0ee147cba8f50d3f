// Review, and the two confirmations: nothing is in the box before /cast has answered.

import { button, el, local, nameOf, noticeBox, plain, say, showNotice } from "/drawing.js";
import { endOn, foot, go, main, SCREENS, startAgain, view } from "/screens.js";
import { note, post, refuse, visit } from "/visit.js";

function change(at) {
  Object.assign(visit, { at, asked: "", notice: null });
  go("contest");
}

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
  return {
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
  return {
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
  if (answer.kind === "BallotCast") return endOn("thanks");
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
  if (answer.reason === "card-spent") return endOn("thanks");
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
  return {
    keys: isAnswered ? { Enter: settle, "/": startAgain } : { Enter: settle },
    update: () => {
      box.hidden = !visit.notice;
      showNotice(box);
    },
  };
};
