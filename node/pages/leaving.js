// The ends of a visit: thanks after a vote, or leaving without one.

import { button, el, noticeBox, say, showNotice } from "/drawing.js";
import { endOn, foot, go, main, SCREENS, startAgain } from "/screens.js";
import { post, refuse, visit } from "/visit.js";

const THANKS_MS = 8000; // only this screen goes away by itself

SCREENS.thanks = () => {
  main.append(
    el("h2", {}, say("thanks")),
    el("p", {}, say("returnCard")),
    el("p", { class: "quiet" }, say("touch")),
  );
  return { ...lastScreen(), timer: setTimeout(startAgain, THANKS_MS) };
};

SCREENS.left = () => {
  main.append(
    el("h2", {}, say("left")),
    el("p", {}, say("leftHelp")),
    el("p", { class: "quiet" }, say("touch")),
  );
  return lastScreen();
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
  return {
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
