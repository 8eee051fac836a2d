// Counts, inside a page, what a bench asks of it: frames drawn, events received, dropped, left out.
(() => {
  const seen = { frames: [], events: 0, dropped: 0, sampled: 0 };
  const Plain = window.EventSource;
  window.EventSource = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        const [, kind] = /"type":\s*"(dropped|sampled)"/.exec(data.slice(0, 40)) ?? [];
        if (kind) seen[kind] += JSON.parse(data).count;
        else seen.events += 1;
      });
    }
  };
  const drawn = (at) => {
    seen.frames.push(at);
    requestAnimationFrame(drawn);
  };
  requestAnimationFrame(drawn);
  window.danmateSeen = seen;
})();
