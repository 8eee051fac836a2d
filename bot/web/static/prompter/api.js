// What the prompter asks of danmate, and what it is told without asking.

const GAP = 1000; // ms between two looks at the questions, however much happens
const EVERY = 15_000; // ms after which they are looked at anyway

export class Refused extends Error {
  constructor(status) {
    super(`status ${status}`);
    this.status = status;
  }
}

export async function get(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Refused(answer.status);
  return answer.json();
}

const place = (room) => room.split("/").map(encodeURIComponent).join("/");

export const questions = (room) => get(`/api/rooms/${place(room)}/questions`);
export const picture = (room) => get(`/api/rooms/${place(room)}`);

export async function command(room, line, leaving = false) {
  const answer = await fetch(`/api/rooms/${place(room)}/command`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ line }),
    keepalive: leaving,
  });
  if (!answer.ok) throw new Refused(answer.status);
  return answer.json();
}

// Look again whenever something may have changed: soon, but not more often than each GAP.
export class Often {
  constructor(look) {
    this.look = look;
    this.last = -GAP;
    this.timer = 0;
    this.due = Infinity;
    this.looking = false;
    this.plan(0);
  }

  soon() {
    this.plan(Math.max(150, this.last + GAP - performance.now()));
  }

  plan(within) {
    const due = performance.now() + within;
    if (due >= this.due) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = setTimeout(() => this.run(), within);
  }

  async run() {
    this.due = Infinity;
    if (this.looking) {
      this.soon();
      return;
    }
    this.looking = true;
    this.last = performance.now();
    try {
      await this.look();
    } finally {
      this.looking = false;
      this.plan(EVERY);
    }
  }
}

// Tell ``heard`` of each event of the answers, and ``state`` whether they come.
export function answers(room, heard, state) {
  let source;
  let again = 0;
  const open = () => {
    source = new EventSource(`/api/answers?host=true&room=${encodeURIComponent(room)}`);
    source.onopen = () => state(true);
    source.onmessage = ({ data }) => heard(JSON.parse(data));
    source.onerror = () => {
      state(false);
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, 3000);
    };
  };
  open();
  return () => {
    clearTimeout(again);
    source.close();
  };
}
