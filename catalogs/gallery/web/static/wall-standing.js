// What becomes known while one looks: no connection, and new designs. Nothing moves by itself.

const EVERY_MS = 10_000;
const offline = document.getElementById("offline");
const news = document.getElementById("news");

/** Say that there is no answer, until there is one again. */
export function lost(kind) {
  offline.textContent = document.getElementById("shown").dataset[kind];
  offline.hidden = false;
}

/** Say no longer that there is no answer. */
export function back() {
  offline.hidden = true;
}

/** Say that there is something new, or that others chose and the order that is looked at is not kept. */
export function tellNews(kind = "news") {
  news.querySelector("span").textContent = document.getElementById("shown").dataset[kind];
  news.dataset.kind = kind;
  news.hidden = false;
}

/** Ask every ten seconds whether there is something new, while the page is looked at. */
export function keepAsking(versionShown, onShow) {
  news.querySelector("button").addEventListener("click", () => {
    document.getElementById("count").focus({ preventScroll: true });
    news.hidden = true;
    onShow();
  });
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch("/api/standing");
      if (!answer.ok) throw new TypeError(String(answer.status));
      const { version } = await answer.json();
      if (version !== versionShown()) tellNews();
      else if (news.dataset.kind === "news") news.hidden = true;
      if (!document.getElementById("shown").hasAttribute("aria-busy")) back();
    } catch {
      lost("offline");
      setTimeout(ask, EVERY_MS / 4);
    }
  };
  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
  window.addEventListener("online", ask);
  window.addEventListener("offline", () => lost("offline"));
}
