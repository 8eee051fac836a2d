// The dialogs about the page itself, and about what the bot may do with each subject.

import { ask, command, refused } from "./api.js";
import { openDialog } from "./dialog.js";
import { button, chip, choice, icon, make } from "./dom.js";
import { changed, keep, kept, may, owns, state } from "./state.js";
import { recordRow } from "./record.js";
import { lang, speak, t } from "./words.js";

const DOES = ["auto", "approve", "hand_off", "ignore"];
const KEYS = [
  ["j / k", "key_next"],
  ["a", "key_approve"],
  ["e", "key_edit"],
  ["x", "key_reject"],
  ["/", "key_search"],
  ["1 – 6", "key_parts"],
  ["Shift + S", "key_silence"],
  ["?", "key_help"],
];

export const keysOn = () => kept("keys", "on") === "on";

export function helpDialog() {
  const list = make("dl", { class: "keys-list" });
  for (const [key, word] of KEYS)
    list.append(make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, t(word))));
  const box = make("input", {
    type: "checkbox",
    checked: keysOn(),
    onchange: (event) => keep("keys", event.target.checked ? "on" : "off"),
  });
  const modes = make("dl", { class: "facts" });
  for (const mode of ["off", "shadow", "approve", "auto"])
    modes.append(make("dt", {}, t(`mode_${mode}`)), make("dd", {}, t(`means_${mode}`)));
  openDialog(
    "help",
    t("help"),
    make("h3", {}, t("mode")),
    modes,
    make("h3", {}, t("keys")),
    list,
    make("label", { class: "check" }, box, t("keys_on")),
  );
}

export function settingsDialog() {
  const { me, picture } = state;
  const again = () => {
    node.close();
    settingsDialog();
  };
  const language = make(
    "div",
    { class: "seg", role: "group", "aria-label": t("language") },
    ...[
      ["zh", "中文"],
      ["en", "English"],
    ].map(([name, word]) =>
      choice(`lang-${name}`, word, lang === name, {
        lang: name,
        onclick: () => {
          speak(name);
          changed("lang");
          again();
        },
      }),
    ),
  );
  const theme = make(
    "div",
    { class: "seg", role: "group", "aria-label": t("theme") },
    ...["auto", "light", "dark"].map((name) =>
      choice(`theme-${name}`, t(`theme_${name}`), kept("theme", "auto") === name, {
        onclick: () => {
          paint(name);
          again();
        },
      }),
    ),
  );
  const who = me.logged_in ? `${me.name || t(`role_${me.role}`)} · ${t(`role_${me.role}`)}` : t("not_logged_in");
  const account = make(
    "p",
    { class: "row" },
    make("span", { class: "grow" }, who),
    me.logged_in && button("log-out", t("log_out"), { kind: "small", onclick: logOut }),
  );
  const room = encodeURIComponent(state.room ?? "");
  const link = (to, word, mark) =>
    make(
      "a",
      { class: "button", href: `/${to}/?room=${room}`, target: "_blank", rel: "noopener" },
      icon(mark),
      t(word),
    );
  const links = make(
    "div",
    { class: "links" },
    picture &&
      button("intents", t("by_intent"), {
        mark: "sliders",
        onclick: () => {
          node.close();
          intentsDialog();
        },
      }),
    button("help", t("help"), {
      mark: "help",
      onclick: () => {
        node.close();
        helpDialog();
      },
    }),
    link("overlay", "overlay", "live"),
    link("prompter", "prompter", "tv"),
  );
  const node = openDialog(
    "settings",
    t("settings"),
    setting("language", language),
    setting("theme", theme),
    owns() && setting("record", recordRow()),
    setting("account", account),
    links,
  );
}

const setting = (word, control) => make("div", { class: "setting" }, make("h3", {}, t(word)), control);

/** Paints the page light or dark, or as the browser says. */
export function paint(theme) {
  keep("theme", theme);
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  changed("theme");
}

async function logOut() {
  try {
    await ask("/api/logout", {});
    location.reload();
  } catch (fault) {
    refused(fault, logOut);
  }
}

export function intentsDialog() {
  const { autonomy = {}, autonomy_set: own = [] } = state.picture ?? {};
  const list = make("dl", { class: "intents" });
  for (const [intent, does] of Object.entries(autonomy)) {
    const name = t(`intent_${intent}`) || intent;
    const box = make(
      "select",
      { "aria-label": name, disabled: !may(), data: { action: `intent-${intent}` } },
      ...DOES.map((each) => make("option", { value: each, selected: each === does }, t(`does_${each}`))),
    );
    box.addEventListener("change", async () => {
      if ((await command(`mode ${intent} ${box.value}`, { undo: true })) === null) box.value = does;
    });
    list.append(
      make(
        "div",
        { data: { does } },
        make("dt", {}, name, own.includes(intent) && chip(t("by_intent_set"), "accent")),
        make("dd", {}, box),
      ),
    );
  }
  openDialog("intents", t("by_intent"), make("p", { class: "soft" }, t("by_intent_about")), list);
}
