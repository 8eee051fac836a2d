// What the feed remembers: the latest lines with what became of each, and which of them are wanted.

const KEPT = 800; // lines of each kind: what somebody may act on, and mere chatter
const FRESH = 3000; // milliseconds within which a picture may be older than a draft
const KNOWN = 1000; // deliveries that came before their line

const GROUPS = {
  answered: "answered",
  drafted: "answered",
  handed_off: "yours",
  blocked: "yours",
  commanded: "commanded",
};

/** Returns which filter a line belongs to. */
export const groupOf = ({ event }) => GROUPS[event.outcome] ?? "silent";

const STAFF = new Set(["host", "moderator"]);

/** Tells whether a line matters to an operator, more than that somebody said something. */
export const weighty = (entry) => groupOf(entry) !== "silent" || STAFF.has(entry.event.message.role);

export class Lines {
  #number = 0;
  #weighty = new Map();
  #chatter = new Map();
  #byReply = new Map(); // reply id -> the lines that it answers
  #byId = new Map(); // message id -> its weighty lines: of two rooms, perhaps
  #early = new Map(); // deliveries by reply id

  /** Notes what became of a message; returns its line and those that it changed, none if it is known. */
  add(event) {
    const { room, id } = event.message;
    const key = `${room} ${id}`;
    if (this.get(key)) return [];
    const approved = event.outcome === "commanded" && event.reply ? this.#approve(event.reply) : [];
    const entry = {
      key,
      number: this.#number++,
      since: performance.now(),
      event,
      reply: event.reply,
      why: null,
      gone: false,
      over: false,
    };
    if (event.deleted || event.reason === "deleted") bare(entry);
    const told = event.reply && this.#early.get(event.reply.id);
    this.#file(entry);
    if (told) settle(entry, told);
    return [entry, ...approved];
  }

  /** A draft that somebody has approved is on its way, in the words that were approved. */
  #approve(reply) {
    const entries = this.answeredBy(reply.id).filter(({ event }) => event.outcome === "drafted");
    for (const entry of entries) {
      entry.event = { ...entry.event, outcome: "answered", reason: null };
      entry.reply = { ...entry.reply, text: reply.text || entry.reply.text, delivery: reply.delivery };
    }
    return entries;
  }

  /** Notes which drafts wait, and which were rejected; returns the lines for which that is another. */
  wait(ids, rejected) {
    const drafts = [...this.#weighty.values()].filter(
      ({ event, since }) => event.draft && event.outcome === "drafted" && performance.now() - since > FRESH,
    );
    const turned = drafts.filter((entry) => entry.over === ids.has(entry.event.draft));
    for (const entry of turned) {
      entry.over = !entry.over;
      entry.rejected = entry.over && rejected.has(entry.event.draft);
    }
    return turned;
  }

  #file(entry) {
    const place = weighty(entry) ? this.#weighty : this.#chatter;
    place.set(entry.key, entry);
    if (entry.reply) enter(this.#byReply, entry.reply.id, entry);
    if (place === this.#weighty) enter(this.#byId, entry.event.message.id, entry);
    if (place.size > KEPT) this.#forget(place, place.values().next().value);
  }

  #forget(place, entry) {
    place.delete(entry.key);
    strike(this.#byReply, entry.event.reply?.id, entry);
    strike(this.#byId, entry.event.message.id, entry);
  }

  get(key) {
    return this.#weighty.get(key) ?? this.#chatter.get(key);
  }

  /** Notes what became of a reply; returns the lines that it answers. */
  deliver(told) {
    this.#early.set(told.reply_id, told);
    if (this.#early.size > KNOWN) this.#early.delete(this.#early.keys().next().value);
    const entries = this.answeredBy(told.reply_id);
    for (const entry of entries) settle(entry, told);
    return [...entries, ...(told.delivery === "sent" ? this.#answer(told) : [])];
  }

  /** What somebody of the staff has answered is no longer left to them. */
  #answer(told) {
    const entries = (told.answers ?? [])
      .flatMap((id) => this.#byId.get(id) ?? [])
      .filter(({ reply, gone }) => !reply && !gone);
    for (const entry of entries) {
      entry.event = { ...entry.event, outcome: "answered", reason: null };
      entry.reply = {
        id: told.reply_id,
        text: told.text,
        source: "by_host",
        facts: [],
        answers: told.answers,
        delivery: told.delivery,
      };
    }
    return entries;
  }

  /** Takes out what was deleted in a room: one line, all of one author, or everything. */
  remove({ room, id, author_id: author, at }) {
    const lost = [...this.#weighty.values(), ...this.#chatter.values()].filter(({ event: { message } }) => {
      if (message.room !== room) return false;
      if (id !== null) return message.id === id;
      return (author === null || author === message.author_id) && message.sent_at <= at;
    });
    lost.forEach(bare);
    return lost;
  }

  /** Returns the latest `most` lines that `wanted` lets through, the oldest first. */
  latest(most, wanted) {
    const all = [...this.#weighty.values(), ...this.#chatter.values()].filter(wanted);
    return all.sort((a, b) => a.number - b.number).slice(-most);
  }

  /** Returns the lines that one reply answers. */
  answeredBy(id) {
    return this.#byReply.get(id) ?? [];
  }

  clear() {
    for (const map of [this.#weighty, this.#chatter, this.#byReply, this.#byId, this.#early]) map.clear();
  }
}

/** Enters a line under a name that several may have. */
function enter(index, name, entry) {
  const known = index.get(name);
  if (known) known.push(entry);
  else index.set(name, [entry]);
}

function strike(index, name, entry) {
  const rest = (index.get(name) ?? []).filter((other) => other !== entry);
  if (rest.length) index.set(name, rest);
  else index.delete(name);
}

/** What an answer turns into when its reply was dropped before it was posted. */
const UNSAID = {
  too_late: "expired",
  changed: "blocked",
  off: "ignored",
  deleted: "ignored",
  host_answered: "ignored",
  rejected: "ignored",
};

function settle(entry, told) {
  const { event } = entry;
  if (!entry.reply || entry.gone) return;
  if (told.delivery === "not_sent" && told.reason in UNSAID) {
    const outcome = UNSAID[told.reason];
    entry.event = { ...event, outcome, reason: told.reason };
    if (told.reason === "deleted") entry.reply = null;
  } else if (event.outcome === "drafted" && told.delivery !== "not_sent") {
    entry.event = { ...event, outcome: "answered", reason: null };
  }
  if (!entry.reply) return;
  entry.reply = {
    ...entry.reply,
    delivery: told.delivery,
    text: told.text || entry.reply.text,
    answers: told.answers?.length ? told.answers : entry.reply.answers,
  };
  entry.why = told.reason;
}

/** Leaves nothing of what was said, by whom, and what was said to it. */
function bare(entry) {
  const { room, id, sent_at, author_id } = entry.event.message;
  entry.gone = true;
  entry.reply = null;
  entry.event = {
    outcome: entry.event.outcome,
    message: { room, id, sent_at, author_id, author: "", text: "", role: "viewer" },
  };
}

/** Returns the test of a filter and a search, over everything that a line shows. */
export function wantedBy(filter, search) {
  const words = search.normalize("NFKC").toLowerCase().split(/\s+/u).filter(Boolean);
  return (entry) => {
    if (filter !== "all" && groupOf(entry) !== filter) return false;
    if (!words.length) return true;
    const { message, reason, outcome, intent, product } = entry.event;
    const shown = [message.author, message.text, entry.reply?.text, reason, outcome, intent?.label, product]
      .join(" ")
      .normalize("NFKC")
      .toLowerCase();
    return words.every((word) => shown.includes(word));
  };
}
