// The sentences come first: they need no Plotly.

function startSources() {
  for (const button of document.querySelectorAll("[data-source]")) {
    button.addEventListener("click", () => openSource(button.dataset.source, button));
  }
}

/** What is folded on the screen is read on paper, too. The tables under the charts stay away: the charts are there. */
function unfoldForPrint() {
  let folded = [];
  const set = (open) => folded.forEach((details) => (details.open = open));
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details.behind:not([open])")];
    set(true);
  });
  window.addEventListener("afterprint", () => set(false));
}

async function start() {
  startContents();
  startExplorer();
  startSources();
  unfoldForPrint();
  startEvents();
  await startCharts();
  document.documentElement.dataset.ready = "true";
}

start();
