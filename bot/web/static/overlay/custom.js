// OBS's "Custom CSS" arrives as a <style> in the page, which our Content-Security-Policy keeps from
// working: what stands in it is taken over as a sheet of the document, where it may.

const sheets = new Map(); // <style> -> its sheet

function take(document, node) {
  try {
    const sheet = sheets.get(node) ?? new CSSStyleSheet();
    sheet.replaceSync(node.textContent);
    if (!sheets.has(node)) {
      sheets.set(node, sheet);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    }
  } catch {
    // a browser without such sheets: the options of the address still work
  }
}

export function custom(document) {
  const all = () => document.querySelectorAll("style").forEach((node) => take(document, node));
  all();
  new MutationObserver(all).observe(document.documentElement, { childList: true, subtree: true });
}
