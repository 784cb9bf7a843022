// Stands in for the app's shell, before the first script of the app's own page: what the page
// invokes is asked of the same desk, a request each. Then it opens the change set, scrolls it, and
// reports how long that took.
(() => {
  const ask = async (path, body) => {
    const answer = await fetch(path, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw await answer.json();
    return answer;
  };
  const commands = {
    call: async ({ name, request }) => (await ask(`/call/${name}`, request)).json(),
    bytes: async ({ name, request }) => (await ask(`/bytes/${name}`, request)).arrayBuffer(),
    drain: async ({ cursor }) => (await ask(`/drain/${cursor}`, {})).arrayBuffer(),
  };
  window.__TAURI_INTERNALS__ = {
    invoke: (command, args) =>
      commands[command]?.(args) ?? Promise.reject(new Error(`${command} is not here`)),
  };

  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const id = (name) => `[data-testid='${name}']`;
  const find = (css) => document.querySelector(css);
  const until = async (what) => {
    for (const end = performance.now() + 60_000; performance.now() < end; ) {
      const found = what();
      if (found) return found;
      await frame();
    }
    throw new Error(`never came: ${what}`);
  };
  const part = (sorted, at) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))];

  const onScreen = (element, box) => {
    const place = element.getBoundingClientRect();
    const edge = box.getBoundingClientRect();
    return place.bottom > edge.top && place.top < edge.bottom;
  };
  const drawn = (box) => {
    const rows = [...box.querySelectorAll(".row")].filter((row) => onScreen(row, box));
    return rows.length > 0 && rows.every((row) => !row.classList.contains("loading"));
  };

  const measure = async () => {
    // Another task is on screen first, so that all of this one is asked for on the click.
    await until(() => find("[aria-label='Changed lines']") && find(id("file-entry")));
    find(id("new-task")).click();
    await until(() => !find("[aria-label='Changed lines']"));
    await pause(500);
    const item = find(id("task-item"));
    const clicked = performance.now();
    item.click();
    const box = await until(() => {
      const shown = find("[aria-label='Changed lines']");
      if (!shown) find(id("changes-tab"))?.click();
      return find(id("file-entry")) && shown;
    });
    await frame();
    await frame();
    const opened = performance.now() - clicked;
    await pause(500);
    const nodes = document.querySelectorAll("*").length;

    // To where the list ends, as a click on its first entry does.
    const jumped = performance.now();
    find(id("file-entry")).click();
    await until(() => drawn(box));
    await frame();
    const jump = performance.now() - jumped;

    await pause(500);
    const times = [];
    let blank = 0;
    await frame();
    let last = await frame();
    for (let step = 0; step < 180; step++) {
      box.scrollTop += 900;
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    for (let step = 0; step < 60; step++) {
      box.scrollTop += 900;
      await frame();
      await frame();
      if (!drawn(box)) blank += 1;
    }
    times.sort((a, b) => a - b);
    return {
      opened,
      jump,
      p50: part(times, 0.5),
      p95: part(times, 0.95),
      max: part(times, 1),
      blank,
      nodes,
      height: box.scrollHeight,
      memory: await (await fetch("/memory")).json(),
    };
  };
  const report = (what) => fetch("/report", { method: "POST", body: JSON.stringify(what) });
  addEventListener("load", () => {
    measure().then(report, (reason) => report({ problem: String(reason?.message ?? reason) }));
  });
})();
