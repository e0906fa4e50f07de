// Loaded into every program that a test starts: it ends in order once that test's process is gone, however that ended, so that
// neither a failed test nor a killed run leaves anything behind.
const parent = Number(new URL(import.meta.url).searchParams.get('parent'));
const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 15_000).unref();
}, 250);
watch.unref();
