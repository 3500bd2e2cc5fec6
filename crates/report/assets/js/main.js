// The sentences come first: they need no Plotly.

function startSources() {
  for (const button of document.querySelectorAll("[data-source]")) {
    button.addEventListener("click", () => openSource(button.dataset.source, button));
  }
}

async function start() {
  startExplorer();
  startSources();
  startEvents();
  await startCharts();
  document.documentElement.dataset.ready = "true";
}

start();
