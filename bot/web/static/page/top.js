// The head of the page: which room, whether it is connected, what the bot may do, and silence.

import { busy, command } from "./api.js";
import { applyRights, button, choice, get, icon, make, said } from "./dom.js";
import { goTo } from "./tabs.js";
import { helpDialog, intentsDialog, settingsDialog } from "./settings.js";
import { able, may, now, on, productOf, state } from "./state.js";
import { lasting, t } from "./words.js";

const MODES = ["off", "shadow", "approve", "auto"];
const MARKS = { off: "stop", shadow: "eye", approve: "check", auto: "spark" };

export function startTop(changeRoom) {
  get("room").addEventListener("change", (event) => changeRoom(event.target.value));
  get("pause").dataset.needs = "";
  get("pause").onclick = (event) =>
    busy(event.currentTarget, () => command(paused() ? "pause 0s" : "pause 5m", { undo: !paused() }));
  get("silence").onclick = silence;
  get("showing").onclick = () => goTo("goods");
  on("rooms room lang", rooms);
  on("picture lang", steering);
  on("online lang", connection);
  on("me room fault picture lang", rights);
  on("lang tab", tools);
  setInterval(pauseButton, 1000);
  for (const draw of [tools, rooms, steering, connection, rights]) draw();
}

/** Says nothing from now on, not even what is queued. */
export const silence = () => busy(get("silence"), () => command("off", { undo: true }));

const paused = () => (state.picture?.paused_until ?? 0) > now();

function rooms() {
  const known = state.rooms.map(({ room }) => room);
  if (state.room && !known.includes(state.room)) known.unshift(state.room);
  const counts = new Map(state.rooms.map(({ room, drafts }) => [room, room === state.room ? 0 : drafts]));
  const options = known.map((room) =>
    make(
      "option",
      { value: room, selected: room === state.room },
      counts.get(room) ? `${room} (${counts.get(room)})` : room,
    ),
  );
  const box = get("room");
  if (box.matches(":focus") && box.childElementCount === options.length) return; // it may be open
  box.replaceChildren(...options);
  box.disabled = known.length < 2;
  document.title = state.room ? `${state.room} · danmate` : "danmate";
}

function steering() {
  const { mode } = state.picture ?? {};
  const focused = document.activeElement?.dataset?.mode;
  get("modes").replaceChildren(
    ...MODES.map((name) =>
      choice(`mode-${name}`, t(`mode_${name}`), name === mode, {
        mark: MARKS[name],
        needs: true,
        title: t(`means_${name}`),
        data: { mode: name },
        onclick: (event) => name !== mode && busy(event.currentTarget, () => command(`mode ${name}`, { undo: true })),
      }),
    ),
  );
  if (focused) document.querySelector(`[data-action="mode-${focused}"]`)?.focus();
  const silent = mode === "off";
  get("silence").replaceChildren(icon("stop"), make("span", {}, t(silent ? "silenced" : "silence")));
  get("silence").disabled = silent || !able();
  pauseButton();
  showing();
}

function pauseButton() {
  const node = get("pause");
  const off = paused();
  const left = off ? lasting(state.picture.paused_until - now()) : "";
  const text = off ? left : t("pause_short");
  get("modes").toggleAttribute("data-paused", off);
  if (node.textContent === text && node.getAttribute("aria-pressed") === String(off)) return;
  node.replaceChildren(icon(off ? "play" : "pause"), make("span", {}, text));
  node.setAttribute("aria-pressed", String(off));
  node.setAttribute("aria-label", off ? t("resume", left) : t("pause"));
  node.title = off ? t("resume", left) : t("pause");
}

function showing() {
  const product = productOf(state.picture?.showing);
  const node = get("showing");
  const words = product ? said(product.name) : t("showing_none");
  node.replaceChildren(
    icon("tv"),
    make("span", { class: "soft" }, t("showing")),
    make("b", {}, product?.link ? `${product.link}. ` : "", words),
  );
  if (!product) node.children[1].hidden = true;
}

function connection() {
  const node = get("state");
  if (
    node.dataset.online === (state.online ? "yes" : "no") &&
    node.textContent === t(state.online ? "online" : "offline")
  )
    return;
  node.dataset.online = state.online ? "yes" : "no";
  node.textContent = t(state.online ? "online" : "offline");
  node.title = node.textContent;
}

function tools() {
  const focused = get("tools").contains(document.activeElement) && document.activeElement.dataset.action;
  get("tools").replaceChildren(
    button("studio", t("studio"), {
      mark: "pen",
      kind: "bare",
      "aria-pressed": String(document.body.dataset.tab === "studio"),
      onclick: () => goTo(document.body.dataset.tab === "studio" ? "live" : "studio"),
    }),
    button("intents", "", { mark: "sliders", label: t("by_intent"), kind: "wide-only", onclick: intentsDialog }),
    button("help", "", { mark: "help", label: t("help"), kind: "wide-only", onclick: helpDialog }),
    button("settings", "", { mark: "dots", label: t("settings"), onclick: settingsDialog }),
  );
  if (focused) get("tools").querySelector(`[data-action="${focused}"]`)?.focus();
}

/** Shows what keeps somebody from doing things, once, and turns these things off. */
function rights() {
  document.body.dataset.role = able() ? state.me.role : "viewer";
  applyRights(able());
  if (able()) get("silence").disabled = state.picture?.mode === "off";
  const hint = get("hint");
  hint.hidden = false;
  if (state.fault === 401) hint.replaceChildren(t("fault_401"), make("a", { href: "/login/" }, t("log_in")));
  else if (state.fault === 404) hint.replaceChildren(t("no_room"));
  else if (state.fault) hint.replaceChildren(t(`fault_${state.fault}`) || t("fault_other", state.fault));
  else if (!may()) hint.replaceChildren(icon("eye"), t("viewer_hint"), " ", make("code", {}, "danmate page"));
  else if (state.picture && !state.picture.abilities.send) hint.replaceChildren(icon("tv"), t("unsent"));
  else hint.hidden = true;
}
