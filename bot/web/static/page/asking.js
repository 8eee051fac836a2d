// The dialogs about one line: answer it oneself, why it came so, what should have come instead.

import { ask, busy, command, pathOf, refused } from "./api.js";
import { dialogLine } from "./quoted.js";
import { field, openDialog, sends } from "./dialog.js";
import { button, chip, make, said } from "./dom.js";
import { called, may, state } from "./state.js";
import { factOf, percent, reason, t } from "./words.js";
import { answered, addFaq } from "./answering.js";

/** Opens the dialog in which somebody answers a message in his own words. */
export function answerDialog(message) {
  const words = make("textarea", {
    name: "words",
    required: true,
    maxlength: 300,
    dir: "auto",
    "aria-label": t("your_answer"),
    placeholder: t("your_answer"),
    onkeydown: sends,
  });
  const keep = make("input", { type: "checkbox", name: "keep" });
  const send = button("send", t("send"), { kind: "main", mark: "send", needs: true });
  send.type = "submit";
  const form = make(
    "form",
    {},
    dialogLine(message),
    words,
    make("p", { class: "soft small" }, t("sent_to_all")),
    make("div", { class: "row" }, make("label", { class: "check" }, keep, t("keep_faq")), send),
  );
  const dialog = openDialog("answer", t("answer_title"), form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(send, async () => {
      if (await answered(message, words.value, keep.checked)) dialog.close();
    });
  });
}

/** Opens the dialog that tells why a line came to what it did. */
export async function whyDialog({ event, reply }) {
  const { message, outcome, reason: code, intent, product, because } = event;
  const rows = make("dl", { class: "facts" });
  const row = (name, ...what) => rows.append(make("dt", {}, t(name)), make("dd", {}, ...what));
  row(
    "why_verdict",
    [t(outcome), reason(code)].filter(Boolean).join(" · "),
    code && make("code", { class: "code" }, code),
  );
  if (intent) row("why_intent", `${t(`intent_${intent.label}`)} ${percent(intent.score ?? 0)}`);
  if (product)
    row(
      "why_product",
      said(called(product)),
      because?.named_by &&
        make("span", { class: "soft" }, ` · ${t("why_named")} ${t("named")[because.named_by] ?? because.named_by}`),
    );
  if (reply?.facts?.length)
    row(
      "why_facts",
      ...reply.facts.map(({ id, text }) =>
        make(
          "p",
          {},
          make("span", { class: "soft" }, `${factOf(id)} `),
          said(text),
          make("code", { class: "code" }, id),
        ),
      ),
    );
  if (because?.weighed?.length) row("why_weighed", ...because.weighed.map(weighed));
  if (because?.checked?.length) row("why_checked", ...because.checked.map(checked));
  openDialog(
    "why",
    t("why_title"),
    dialogLine(message),
    reply?.text && make("p", { class: "quoted reply-text" }, said(reply.text)),
    rows,
  );
  if (!may()) return;
  const told = await command(`why ${message.id}`, { quiet: true });
  if (told && rows.isConnected) row("why_server", said(told, "mono"));
}

function weighed([text, score]) {
  const bar = make("i");
  bar.style.setProperty("--part", score);
  return make(
    "p",
    { class: "weighed" },
    said(text),
    make("span", { class: "bar-line" }, bar),
    make("span", { class: "soft" }, percent(score)),
  );
}

function checked({ source, text, reason: code, detail }) {
  const verdict = code ? chip([reason(code), detail].filter(Boolean).join(": "), "bad") : chip(t("why_ok"), "good");
  return make(
    "p",
    { class: "checked" },
    make("span", { class: "soft" }, `${t(source) || source} `),
    said(text),
    " ",
    verdict,
  );
}

/** Opens the dialog that makes a test case of a mistake, and offers to mend it by a FAQ row. */
export function wrongDialog({ event, reply }) {
  const { message, outcome } = event;
  const first = outcome === "answered" || outcome === "drafted" ? "silence" : "answer";
  const kinds = make("fieldset", { class: "kinds" }, make("legend", { class: "hidden" }, t("wrong_title")));
  for (const kind of ["answer", "hand_off", "silence"]) {
    const radio = make("input", { type: "radio", name: "wanted", value: kind, checked: kind === first });
    kinds.append(make("label", { class: "kind" }, radio, t(`wanted_${kind}`)));
  }
  const text = make("input", { name: "text", maxlength: 300, dir: "auto" });
  const note = make("input", { name: "note", maxlength: 300, dir: "auto" });
  const words = field(t("must_say"), text);
  const keep = button("keep-case", t("keep_case"), { kind: "main", mark: "flag", needs: true });
  keep.type = "submit";
  const form = make(
    "form",
    {},
    dialogLine(message),
    reply?.text && make("p", { class: "quoted reply-text" }, said(reply.text)),
    kinds,
    words,
    field(t("note"), note),
    make("div", { class: "row end" }, keep),
  );
  const dialog = openDialog("wrong", t("wrong_title"), form);
  const shown = () => {
    words.hidden = form.elements.wanted.value !== "answer";
  };
  kinds.addEventListener("change", shown);
  shown();
  const send = () =>
    busy(keep, async () => {
      const wanted = form.elements.wanted.value;
      const told = { id: message.id, wanted };
      if (wanted === "answer" && text.value.trim()) told.text = text.value.trim();
      if (note.value.trim()) told.note = note.value.trim();
      try {
        kept(dialog, form, await ask(`${pathOf(message.room || state.room)}/wrong`, told), told.text);
      } catch (fault) {
        refused(fault, send);
      }
    });
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    send();
  });
}

/** Shows where the case was kept, and the row that may mend it. */
function kept(dialog, form, { file, offer }, wanted) {
  const done = make("p", { class: "chip good wide", role: "status" }, t("case_kept", file));
  form.replaceWith(done);
  if (!offer) return;
  const question = make("input", {
    name: "question",
    required: true,
    maxlength: 200,
    dir: "auto",
    value: offer.question ?? "",
  });
  const answer = make("textarea", {
    name: "answer",
    required: true,
    maxlength: 280,
    dir: "auto",
    value: wanted ?? offer.answer ?? "",
    onkeydown: sends,
  });
  const add = button("add-faq", t("add_faq"), { kind: "main", mark: "plus", needs: true });
  add.type = "submit";
  const row = make(
    "form",
    {},
    make("p", { class: "soft" }, t("offer")),
    field(t("faq_question"), question),
    field(t("faq_answer"), answer),
    make("div", { class: "row end" }, add),
  );
  row.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(add, async () => {
      if (await addFaq(question.value, answer.value)) dialog.close();
    });
  });
  done.after(row);
  question.focus();
}
