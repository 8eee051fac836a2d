// What happens in the room, as server-sent events; a lost connection is made anew by itself.

import { state, changed } from "./state.js";

const SAMPLE = 30; // lines a second that nothing was said to: more nobody could read
const AGAIN = 3000; // milliseconds; a browser gives up by itself when it is refused

let source = null;
let timer = null;

/** Listens to a room: `heard` gets each event, `begun` is called whenever it is connected. */
export function listen(room, heard, begun) {
  stop();
  source = new EventSource(`/api/outcomes?sample=${SAMPLE}${room ? `&room=${encodeURIComponent(room)}` : ""}`);
  source.onopen = () => {
    online(true);
    begun();
  };
  source.onerror = () => {
    online(false);
    if (source.readyState === EventSource.CLOSED) timer = setTimeout(() => listen(room, heard, begun), AGAIN);
  };
  source.onmessage = (event) => heard(JSON.parse(event.data));
}

function stop() {
  clearTimeout(timer);
  source?.close();
}

function online(is) {
  if (state.online === is) return;
  state.online = is;
  changed("online");
}
