"""A real headless Chromium, by its DevTools protocol over a pipe: no port, no library, no network."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


class Browser:
    """One tab."""

    def __init__(self, asks: int, answers: int) -> None:
        self._asks, self._answers = asks, answers
        self._read, self._number, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask, and wait for the answer."""
        self._number += 1
        asked: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._asks, json.dumps(asked).encode() + b"\0")
        while (message := self._message()).get("id") != self._number:
            self.events.append(message)
        assert "error" not in message, message
        result: dict[str, Any] = message["result"]
        return result

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            read = os.read(self._answers, 1 << 16)
            assert read, "the browser has ended"
            self._read += read
        message, _, self._read = self._read.partition(b"\0")
        said: dict[str, Any] = json.loads(message)
        return said

    def open(self, page: Path, width: int = 1280, *, height: int = 20_000, scheme: str = "light") -> None:
        """Show a file as a screen of a width would, and wait until it is loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri())
        while self._message().get("method") != "Page.loadEventFired":
            pass

    def value(self, expression: str) -> Any:
        """What a script of the test, which is none of the page, finds."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """A key, down and up."""
        shared: Mapping[str, object] = {"key": key, "code": key}
        codes = {"Tab": 9, "Enter": 13, " ": 32}
        more = {"windowsVirtualKeyCode": codes[key], **({"text": text} if text else {})}
        self.call("Input.dispatchKeyEvent", type="keyDown", **shared, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", **shared, **more)

    def click(self, selector: str) -> None:
        """The middle of the first element that a selector finds."""
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        x, y = self.value(f"(b => [b.x + b.width / 2, b.y + b.height / 2])({box})")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def requests(self) -> list[str]:
        """Every address that was asked for since a page was opened."""
        self.call("Runtime.evaluate", expression="0")
        sent = (event["params"] for event in self.events if event.get("method") == "Network.requestWillBeSent")
        return [str(each["request"]["url"]) for each in sent]

    def complaints(self) -> list[str]:
        """What the browser's console says."""
        self.call("Runtime.evaluate", expression="0")
        logged = (event["params"]["entry"] for event in self.events if event.get("method") == "Log.entryAdded")
        return [str(entry["text"]) for entry in logged]


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, which ends with the test."""
    for_browser, asks = os.pipe()
    answers, of_browser = os.pipe()
    # It reads from descriptor 3, and writes to 4.
    program = f'exec "$@" 3<&{for_browser} 4>&{of_browser}'
    argv = ["bash", "-c", program, "-", str(CHROMIUM), *OPTIONS, f"--user-data-dir={profile}"]
    process = subprocess.Popen(argv, pass_fds=(for_browser, of_browser), stderr=subprocess.DEVNULL)
    os.close(for_browser)
    os.close(of_browser)
    try:
        yield Browser(asks, answers)
    finally:
        os.close(asks)
        os.close(answers)
        process.terminate()
        process.wait()
