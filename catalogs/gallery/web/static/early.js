// Before anything is painted: what this browser chose last time, so that nothing changes under the eyes.
(() => {
  const root = document.documentElement;
  for (const name of ["theme", "density", "filters"]) {
    const kept = localStorage.getItem(`toile.${name}`);
    if (kept !== null && /^[a-z0-9]{1,8}$/.test(kept)) root.dataset[name] = kept;
  }
})();
