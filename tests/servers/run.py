"""Runs the engine against servers that others wrote, and prints what worked.

    python3 run.py GREENLIGHT_CLI FOLDER

FOLDER holds the environments `litellm` and `llama` that `cargo xtask servers` installs. Everything is on
this machine's loopback; what is started is ended by its process id.
"""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib import metadata

from talk import PATIENCE, Engine, Failure

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = "sk-greenlight-right"
# As in litellm.yaml.
PLAYED = "Hello from LiteLLM."
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# One white pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Running:
    """A server and all that it started."""

    def __init__(self, name, command, url, log, environment=None, key=None):
        self.name, self.log = name, log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        request = urllib.request.Request(url)
        if key:
            request.add_header("authorization", f"Bearer {key}")
        deadline = time.monotonic() + 2 * PATIENCE
        while True:
            try:
                DIRECT.open(request, timeout=5).close()
                return
            except OSError as problem:
                over = self.process.poll() is not None or time.monotonic() > deadline
                if over:
                    self.close()
                    with open(log, encoding="utf-8", errors="replace") as said:
                        tail = said.read()[-2000:]
                    raise SystemExit(f"{name} did not start ({problem}):\n{tail}") from None
                time.sleep(0.2)

    def close(self):
        # The group is the session of the server that was started here, and nobody else's.
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        except ProcessLookupError:
            self.process.wait()


def expect(holds, said):
    if not holds:
        raise AssertionError(said)


class Bench:
    """The checks of one server in one form, each with an engine and a project of its own."""

    def __init__(self, program, title, url, kind, wire, key):
        self.program, self.title = program, title
        self.url, self.kind, self.wire, self.key = url, kind, wire, key
        self.rows = []

    def check(self, what, work):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as around:
            project = os.path.join(around, "project")
            os.makedirs(project)
            with open(os.path.join(project, "letter.txt"), "w", encoding="utf-8") as letter:
                letter.write("Dear Bob,\n")
            picture = os.path.join(around, "pixel.png")
            with open(picture, "wb") as file:
                file.write(PIXEL)
            engine = Engine(self.program, around)
            try:
                engine.call("project/open", path=project)
                engine.call("project/trust", trusted=True)
                engine.picture = picture
                engine.chosen = engine.provider(self.url, self.kind, self.wire, self.key)
                said, outcome = work(engine) or "", "ok"
            except (AssertionError, Failure, TimeoutError, EOFError, KeyError) as problem:
                said, outcome = f"{type(problem).__name__}: {problem}", "FAILED"
            finally:
                engine.close()
        self.rows.append((self.title, what, outcome, time.monotonic() - began, said))
        print(f"{self.title:34} {what:44} {outcome}  {said[:300]}", flush=True)


def lists(names):
    def work(engine):
        listed = json.dumps(engine.call("model/list"))
        for name in names:
            expect(f'"{name}"' in listed, f"{name} is not in {listed}")

    return work


def connection(model, wire):
    def work(engine):
        engine.prefer(model)
        report = engine.call("provider/check", provider=engine.chosen)
        expect(report["works"] is True, report)
        expect(report["wire"] == wire, report)
        return report["message"] + " " + report["hint"]

    return work


def refused_key(model):
    def work(engine):
        engine.prefer(model)
        engine.call("credential/set", provider=engine.chosen, key="sk-greenlight-wrong")
        report = engine.call("provider/check", provider=engine.chosen)
        expect(report["works"] is False and report["code"] == "key_rejected", report)
        return report["message"]

    return work


def whole_turn(model, wanted=None):
    def work(engine):
        engine.prefer(model)
        turn, items = engine.ended(*engine.start("Say hello."))
        expect(turn == "done", items)
        answers = [item["text"] for item in items if item["type"] == "answer"]
        expect(answers and (wanted is None or answers[-1] == wanted), items)
        return f"{len(answers[-1])} letters"

    return work


def tools(model):
    def work(engine):
        engine.prefer(model)
        task, since = engine.start("Write a note.")
        turn, items = engine.ended(task, since)
        expect(turn == "done", items)
        expect([item["text"] for item in items if item["type"] == "answer"][-1] == "I saw it.", items)
        changed = engine.call("review/changes", task=task)["files"]
        expect([file["path"] for file in changed] == ["note.txt"], changed)
        # The second message carries the whole of the first turn back.
        engine.call("task/send", task=task, text="And now?")
        since = len(engine.events)
        turn, items = engine.ended(task, since)
        expect(turn == "done", items)

    return work


def cancel(model, noticed=None):
    def work(engine):
        engine.prefer(model)
        task, since = engine.start("Talk on.")
        engine.wait(since, "the first words", lambda event: event["type"] == "itemDelta")
        began = time.monotonic()
        engine.call("task/stop", task=task)
        turn, items = engine.ended(task, since)
        took = time.monotonic() - began
        expect(turn == "stopped", (turn, items))
        expect(took < 5, f"it took {took:.1f} s")
        if noticed:
            deadline = time.monotonic() + 20
            while not noticed():
                expect(time.monotonic() < deadline, "the server behind still sends")
                time.sleep(0.1)
        return f"after {took * 1000:.0f} ms"

    return work


def picture_refused(model):
    def work(engine):
        engine.prefer(model)
        to = {"task": None, "model": None}
        added = engine.call("attachment/add", to=to, paths=[engine.picture])
        ids = [each["id"] for each in added["attachments"]]
        turn, items = engine.ended(*engine.start("What is this?", ids))
        errors = [item for item in items if item["type"] == "error"]
        expect(turn == "failed" and errors[-1]["code"] == "no_vision", (turn, items))
        return errors[-1]["message"]

    return work


def picture_left_out(model):
    """A template without pictures drops them in silence, and what comes is an answer like any other."""

    def work(engine):
        engine.prefer(model)
        to = {"task": None, "model": None}
        added = engine.call("attachment/add", to=to, paths=[engine.picture])
        ids = [each["id"] for each in added["attachments"]]
        turn, items = engine.ended(*engine.start("What is this?", ids))
        expect(turn == "done", (turn, items))

    return work


def version(environment, package):
    """The version of a package in another environment than this program's own."""
    libraries = os.path.join(environment, "lib")
    pythons = os.listdir(libraries)
    folders = [os.path.join(libraries, python, "site-packages") for python in pythons]
    found = [each.version for each in metadata.distributions(name=package, path=folders)]
    return found[0]


def of_litellm(program, folder, logs):
    environment = os.path.join(folder, "litellm")
    behind_port, port = free_port(), free_port()
    behind_url = f"http://127.0.0.1:{behind_port}"
    behind = Running(
        "the server behind",
        [sys.executable, os.path.join(HERE, "behind.py"), str(behind_port)],
        behind_url,
        os.path.join(logs, "behind.log"),
    )
    url = f"http://127.0.0.1:{port}/v1"
    rows = []
    try:
        proxy = Running(
            "LiteLLM",
            [
                os.path.join(environment, "bin/litellm"),
                *("--config", os.path.join(HERE, "litellm.yaml")),
                *("--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"),
            ],
            url + "/models",
            os.path.join(logs, "litellm.log"),
            {
                "LITELLM_MASTER_KEY": KEY,
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                "BEHIND": behind_url + "/v1",
                "NO_PROXY": "127.0.0.1",
                "no_proxy": "127.0.0.1",
            },
            KEY,
        )
        try:
            for wire in ("responses", "chat"):

                def noticed():
                    with DIRECT.open(behind_url) as answer:
                        return json.load(answer)["hung_up"]

                bench = Bench(program, f"LiteLLM, {wire}", url, "gateway", wire, KEY)
                bench.check("lists its models", lists(["played", "working"]))
                bench.check("test connection", connection("plain", wire))
                bench.check("a wrong key", refused_key("plain"))
                bench.check("a whole turn", whole_turn("plain", "OK"))
                if wire == "chat":
                    # In the Responses API, LiteLLM cannot stream what it plays itself.
                    bench.check("a whole turn that it plays", whole_turn("played", PLAYED))
                bench.check("a turn with a command and a patch", tools("working"))
                bench.check("stop in the middle", cancel("endless", noticed))
                bench.check("a picture for a model without eyes", picture_refused("blind"))
                rows += bench.rows
            bench = Bench(program, "LiteLLM, asked", url, "gateway", "auto", KEY)
            bench.check("test connection finds the form", connection("plain", "responses"))
            rows += bench.rows
        finally:
            proxy.close()
    finally:
        behind.close()
    return f"LiteLLM {version(environment, 'litellm')}", rows


def of_llama(program, folder, logs):
    environment = os.path.join(folder, "llama")
    python = os.path.join(environment, "bin/python")
    models = []
    for name in ("tiny", "endless"):
        file = os.path.join(logs, f"{name}.gguf")
        subprocess.run([python, os.path.join(HERE, "tiny_model.py"), name, file], check=True)
        models.append({"model": file, "model_alias": name, "n_ctx": 16384, "verbose": False})
    port = free_port()
    config = os.path.join(logs, "llama.json")
    with open(config, "w", encoding="utf-8") as file:
        json.dump({"host": "127.0.0.1", "port": port, "models": models}, file)
    url = f"http://127.0.0.1:{port}/v1"
    server = Running(
        "llama-cpp-python",
        [python, "-m", "llama_cpp.server", "--config_file", config],
        url + "/models",
        os.path.join(logs, "llama.log"),
    )
    try:
        bench = Bench(program, "llama.cpp, chat", url, "llamaCpp", "auto", None)
        bench.check("lists its models", lists(["tiny", "endless"]))
        bench.check("test connection finds the form", connection("tiny", "chat"))
        bench.check("a whole turn", whole_turn("tiny"))
        bench.check("a picture that is left out by its template", picture_left_out("tiny"))
        # Last: this server goes on for a while with an answer that nobody wants any more.
        bench.check("stop in the middle", cancel("endless"))
    finally:
        server.close()
    return f"llama-cpp-python {version(environment, 'llama_cpp_python')}", bench.rows


def main():
    program, folder = sys.argv[1:3]
    logs = os.path.join(folder, "logs")
    os.makedirs(logs, exist_ok=True)
    names, rows = [], []
    for of in (of_litellm, of_llama):
        name, more = of(program, folder, logs)
        names.append(name)
        rows += more
    print("\n" + ", ".join(names) + "\n")
    for title, what, outcome, took, _ in rows:
        print(f"{outcome:7} {took:6.1f} s  {title:24} {what}")
    failed = sum(outcome != "ok" for _, _, outcome, _, _ in rows)
    print(f"\n{len(rows) - failed} worked, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
