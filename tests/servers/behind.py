"""The server behind the proxy: Chat Completions, with a model for each thing that can happen.

`plain` answers; `working` calls tools first and answers then; `endless` never stops by itself; `blind`
refuses pictures.
"""

import http.server
import itertools
import json
import sys
import threading
import time

PATCH = "*** Begin Patch\n*** Add File: note.txt\n+From behind the proxy.\n*** End Patch\n"


class Server(http.server.BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _chunk(self, data):
        body = f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()
        self.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
        self.wfile.flush()

    def _delta(self, model, delta, reason=None):
        self._chunk(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion.chunk",
                "created": int(time.time()),
                "model": model,
                "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
            }
        )

    def do_GET(self):
        # Told once: the next to ask wants to know of an answer of its own.
        body = json.dumps({"hung_up": HUNG_UP.is_set()}).encode()
        HUNG_UP.clear()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        model, messages = request["model"], request["messages"]
        parts = [m["content"] for m in messages if isinstance(m.get("content"), list)]
        if model == "blind" and any(p["type"] == "image_url" for each in parts for p in each):
            said = {"message": "blind is not a multimodal model", "type": "BadRequestError"}
            body = json.dumps({"error": {**said, "code": 400}}).encode()
            self.send_response(400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._delta(model, {"role": "assistant", "content": ""})
        results = sum(message["role"] == "tool" for message in messages)
        if model == "endless":
            try:
                for number in itertools.count():
                    # Each another one: the proxy ends an answer that repeats itself.
                    self._delta(model, {"content": f"{number} and "})
                    time.sleep(0.02)
            except OSError:
                HUNG_UP.set()
                return
        elif model == "working" and request.get("tools") and results < 2:
            name, arguments = [
                ("shell_command", {"command": "echo from-behind"}),
                ("apply_patch", {"input": PATCH}),
            ][results]
            text = json.dumps(arguments)
            half = len(text) // 2
            call = {"index": 0, "id": f"call_{results}", "type": "function"}
            self._delta(
                model, {"tool_calls": [{**call, "function": {"name": name, "arguments": text[:half]}}]}
            )
            self._delta(model, {"tool_calls": [{"index": 0, "function": {"arguments": text[half:]}}]})
            self._delta(model, {}, "tool_calls")
        else:
            said = [m["content"] for m in messages if m["role"] == "tool"]
            word = "I saw it." if any("from-behind" in str(text) for text in said) else "OK"
            self._delta(model, {"content": word})
            self._delta(model, {}, "stop")
        self._chunk("[DONE]")
        self.wfile.write(b"0\r\n\r\n")


HUNG_UP = threading.Event()

if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Server).serve_forever()
