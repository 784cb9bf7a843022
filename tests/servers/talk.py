"""A client of `greenlight-cli serve`: the engine as the window drives it, as JSON lines."""

import json
import os
import queue
import subprocess
import threading
import time

PATIENCE = 90.0


class Failure(Exception):
    """What a command was refused with."""

    def __init__(self, failure):
        super().__init__(f"{failure['code']}: {failure['message']} {failure['hint']}")
        self.code = failure["code"]


class Engine:
    """One running engine with a home and data of its own."""

    def __init__(self, program, around):
        home = os.path.join(around, "home")
        os.makedirs(home, exist_ok=True)
        environment = {
            "HOME": home,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            # No keychain: a key of these servers is kept for the run and no longer.
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
        }
        self.process = subprocess.Popen(
            [program, "serve", "--data", os.path.join(around, "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        self.asked = 0
        self.events = []
        self.replies = {}
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def _take(self, deadline, what):
        left = deadline - time.monotonic()
        try:
            line = self.lines.get(timeout=max(left, 0.01))
        except queue.Empty:
            raise TimeoutError(f"waited for {what}; last events: {self.events[-4:]}") from None
        if line is None:
            raise EOFError("the engine ended")
        if "event" in line:
            self.events.append(line["event"])
        else:
            self.replies[line["id"]] = line

    def call(self, verb, /, **request):
        """Asks, and waits for the answer."""
        self.asked += 1
        line = {"id": self.asked, "name": verb, "request": request}
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        deadline = time.monotonic() + PATIENCE
        while self.asked not in self.replies:
            self._take(deadline, verb)
        reply = self.replies.pop(self.asked)
        if reply.get("failure"):
            raise Failure(reply["failure"])
        return reply["reply"]

    def wait(self, since, what, fits):
        """Waits for an event from `since` on."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for event in self.events[since:]:
                if fits(event):
                    return event
            since = len(self.events)
            self._take(deadline, what)

    def provider(self, url, kind, wire, key):
        """Adds a provider with a key, chooses it, and gives its id."""
        settings = self.call(
            "provider/put", provider=None, name=f"{kind} {wire}", baseUrl=url, kind=kind, wire=wire
        )
        chosen = settings["chosen"]
        if key:
            self.call("credential/set", provider=chosen, key=key)
        return chosen

    def prefer(self, model):
        self.call("model/prefer", model=model, effort="usual")

    def start(self, text, attachments=()):
        """Starts a task; gives its id and the place in the events where it began."""
        since = len(self.events)
        task = self.call(
            "task/start", text=text, attachments=list(attachments), model=None, permission="auto"
        )["id"]
        return task, since

    def ended(self, task, since):
        """Waits until the turn of a task is over; gives its outcome and its items."""

        def over(event):
            about = event.get("task") or {}
            return (
                event["type"] == "taskChanged"
                and about.get("id") == task
                and about.get("turn") not in (None, "running")
            )

        turn = self.wait(since, "the end of the turn", over)["task"]["turn"]
        items = [item["kind"] for item in self.call("task/get", task=task)["items"]]
        return turn, items

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
