import { expect, it } from "vitest";
import { App } from "./app.svelte";
import { fakeHost, settled } from "./state.fixture";

it("says where a conversation was saved and what was taken out of it", async () => {
  const host = fakeHost();
  const app = new App(host);
  app.start();
  await settled();
  const shelf = app.workspace!.shelf;

  await shelf.save("t1");
  expect(host.saved).toEqual(["t1"]);
  expect(app.notices).toEqual([]);

  host.exported = { place: "~/cap.md", takenOut: "Taken out: a key that Greenlight uses." };
  await shelf.save("t1");
  expect(app.notices.map(({ message, hint }) => [message, hint])).toEqual([
    ["“Cap the coupon” was saved as ~/cap.md.", "Taken out: a key that Greenlight uses."],
  ]);
});
