// Runs before the first paint, so that a chosen theme does not flash; that scripts run at all shows what needs them.
const root = document.documentElement;
root.classList.add('scripted');
try {
  const chosen = localStorage.getItem('theme');
  if (chosen) root.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing shows the system's theme.
}
