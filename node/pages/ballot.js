// The voter's page of one box. Everything a voter does here ends in one of two requests:
//
//     card -> contest -> … -> review -> sure -> POST /cast  -> thanks -> card
//                any of these, then "leave?" -> POST /leave -> left   -> card
//
// The whole page works from a numeric keypad:
//
//     0-9 code   Enter continue   Backspace or . erase   - remove, back   * blank   / cancel   + language
//
// This module has the keys and touches. Beside it: visit.js (what the voter has done so far),
// drawing.js (words and elements), screens.js (moving between screens), and the screens themselves.

import "/card.js";
import "/contest.js";
import "/casting.js";
import "/leaving.js";
import { askToLeave, go, main, SETTLE_MS, switchLanguage, view } from "/screens.js";
import { act, visit } from "/visit.js";

const BURST_MS = 300; // a scanner types faster than this; a person does not

let tabbed = false; // somebody walks through the page with Tab: Enter then means the button
let burst = -Infinity; // when the scanner last typed into a screen that wants no card

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
