// Short notices that come and go: what a command did, what failed and can be tried again.

import { button, get, make, icon, said } from "./dom.js";
import { t } from "./words.js";

const STAYS = 6000; // milliseconds
const MOST = 3;

/** Shows a notice; a bad one stays twice as long, and none goes while somebody is at it. */
export function toast(text, { kind = "", action, run } = {}) {
  if (!text) return;
  const node = make("div", { class: `toast ${kind}` }, icon(kind === "bad" ? "warning" : "check"), said(text));
  const gone = () => node.remove();
  if (run)
    node.append(
      button("toast", action, {
        kind: "small bare",
        onclick: () => {
          gone();
          run();
        },
      }),
    );
  node.append(button("close", "", { mark: "close", label: t("close"), onclick: gone }));
  const place = get("toasts");
  place.append(node);
  while (place.childElementCount > MOST) place.firstElementChild.remove();
  const wait = () =>
    setTimeout(() => (node.matches(":hover, :focus-within") ? wait() : gone()), kind === "bad" ? STAYS * 2 : STAYS);
  wait();
}
